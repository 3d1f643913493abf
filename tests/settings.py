from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

ENGINE = os.environ.get("SEQUERE_TEST_ENGINE", "sqlite")
SERVER = {
    "HOST": os.environ.get("SEQUERE_TEST_HOST", ""),
    "PORT": os.environ.get("SEQUERE_TEST_PORT", ""),
    "USER": os.environ.get("SEQUERE_TEST_USER", ""),
    "PASSWORD": os.environ.get("SEQUERE_TEST_PASSWORD", ""),
}
# Threads of the tests share these databases, so they are files and not in memory.
FOLDER = Path(tempfile.gettempdir()) / f"sequere-tests-{os.getpid()}"
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def database(name: str) -> dict[str, Any]:
    if ENGINE not in ("postgresql", "mariadb"):
        FOLDER.mkdir(exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / f"{name}.sqlite3",
            "TEST": {"NAME": FOLDER / f"test-{name}.sqlite3"},
            "OPTIONS": {
                "timeout": 60,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            },
        }
    if ENGINE == "mariadb":
        import pymysql

        pymysql.install_as_MySQLdb()
        charset = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_general_ci"}
        return {
            "ENGINE": "django.db.backends.mysql",
            "NAME": name,
            "TEST": charset,
            **SERVER,
        }
    return {"ENGINE": "django.db.backends.postgresql", "NAME": name, **SERVER}


SECRET_KEY = "tests"
USE_TZ = True
DATABASES = {
    "default": database("sequere"),
    "other": database("sequere_other"),
    # This alias leads to the same database, as projects declare a replica.
    "replica": {**database("sequere"), "TEST": {"MIRROR": "default"}},
}
DATABASE_ROUTERS: list[str] = []
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "drf_spectacular",
    "rest_framework",
    "sequere",
    "sequere.testing",
    "tests.testapp",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
TESTAPP_SWAPPED_MODEL = "testapp.User"
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Apps read this setting when they start, before a test can override it.
DEBUG_TOOLBAR_PANELS = ["sequere.contrib.debug_toolbar.SequerePanel"]
SEQUERE_BACKENDS = {
    "default": {"BACKEND": "sequere.backends.simple.SimpleBackend"},
    "other": {
        "BACKEND": "sequere.backends.simple.SimpleBackend",
        "OPTIONS": {"database": "other"},
    },
    "memory": {"BACKEND": "sequere.backends.memory.MemoryBackend"},
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "tests.contrib.drf.authentication.NameAuthentication",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
