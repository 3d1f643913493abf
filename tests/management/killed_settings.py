"""Settings for processes that are killed: the database is a file that outlives them."""

import os

from tests.settings import *  # noqa: F403

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["SEQUERE_KILLED"],
    }
}
SEQUERE_BACKENDS = {
    "default": {"BACKEND": "sequere.backends.simple.SimpleBackend"},
}
