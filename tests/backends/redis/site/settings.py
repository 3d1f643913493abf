"""The settings of a site whose tests use Redis."""

from __future__ import annotations

import os

SECRET_KEY = "tests"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "sequere"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SEQUERE_BACKENDS = {
    "default": {
        "BACKEND": "sequere.backends.redis.RedisBackend",
        "OPTIONS": {"location": os.environ["SITE_REDIS"], "prefix": "site"},
    }
}
