"""The settings of one store's process. SEQUERE_STORE names the store."""

from __future__ import annotations

import os

from benchmarks.contenders.package import backend
from tests.settings import database

STORE = os.environ["SEQUERE_STORE"]

SECRET_KEY = "benchmarks"
USE_TZ = True
DATABASES = {"default": database(STORE)}
if "init_command" in DATABASES["default"].get("OPTIONS", {}):
    # Each call of an import changes pages of the whole file of SQLite.
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA cache_size=-2000000"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "sequere",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATION_MODULES = {"auth": None, "contenttypes": None}
SEQUERE_BACKENDS = {"default": backend()}
if "OPTIONS" in SEQUERE_BACKENDS["default"]:
    # All stores are on one server.
    SEQUERE_BACKENDS["default"]["OPTIONS"]["prefix"] = STORE
