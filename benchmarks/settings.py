from __future__ import annotations

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
SEQUERE_BACKENDS = {
    "default": {"BACKEND": "sequere.backends.simple.SimpleBackend"},
}
# Without migrations, as `benchmarks` is: its tables refer to theirs.
MIGRATION_MODULES = {"auth": None, "contenttypes": None}
