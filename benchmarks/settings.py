from __future__ import annotations

import os
from typing import Any

from tests.settings import database

SECRET_KEY = "benchmarks"
USE_TZ = True
# `other` belongs to the bare driver: the same tables, and nobody else's pages in
# the caches.
DATABASES = {"default": database("sequere"), "other": database("sequere_other")}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "sequere",
    "benchmarks",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SEQUERE_BACKENDS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "sequere.backends.simple.SimpleBackend"},
}
if URLS := os.environ.get("SEQUERE_TEST_URLS"):
    SEQUERE_BACKENDS["default"] = {
        "BACKEND": "sequere.backends.redis.RedisBackend",
        "OPTIONS": {
            "location": URLS,
            "cluster": os.environ["SEQUERE_TEST_ENGINE"] == "cluster",
        },
    }
# Without migrations, as `benchmarks` is: its tables refer to theirs.
MIGRATION_MODULES = {"auth": None, "contenttypes": None}
