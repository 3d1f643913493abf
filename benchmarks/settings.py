"""Of the process of one contender, which SEQUERE_CONTENDER names."""

from __future__ import annotations

import os

from benchmarks.contenders import contenders
from tests.settings import database

CONTENDER = contenders()[os.environ["SEQUERE_CONTENDER"]]

SECRET_KEY = "benchmarks"
USE_TZ = True
DATABASES = {"default": database("".join(filter(str.isalnum, CONTENDER.name)).lower())}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sites",
    *CONTENDER.apps,
]
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Tables as the models have them now; those of this package come with their triggers.
MIGRATION_MODULES = {
    app.rpartition(".")[2]: None for app in INSTALLED_APPS if app != "sequere"
}
globals().update(CONTENDER.settings)
