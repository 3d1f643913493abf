"""Settings of processes that are killed. Their databases outlive them."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import ENGINE, database

NAME = os.environ["SEQUERE_KILLED"]


def outliving(name: str) -> dict[str, object]:
    if ENGINE in ("postgresql", "mariadb"):
        return database(name)
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": name}


DATABASES = {"default": outliving(NAME), "second": outliving(f"{NAME}_second")}
SEQUERE_BACKENDS = {
    alias: {
        "BACKEND": "sequere.backends.simple.SimpleBackend",
        "OPTIONS": {"database": alias},
    }
    for alias in DATABASES
}
