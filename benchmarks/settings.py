"""The settings of one contender's process. SEQUERE_CONTENDER names the contender."""

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
# Tables are made from the models, without migrations. This package also makes its
# triggers.
MIGRATION_MODULES = {
    app.rpartition(".")[2]: None for app in INSTALLED_APPS if app != "sequere"
}
globals().update(CONTENDER.settings)
