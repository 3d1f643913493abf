"""Settings of a site for one visitor, on this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent
BACKEND = os.environ.get("BACKEND", "sqlite")
NAME = "demo.sqlite3" if BACKEND == "sqlite" else f"demo-{BACKEND}.sqlite3"
# It knows how far the import has come, so each backend has its own.
DATABASE = Path(os.environ.get("DEMO_DATABASE", EXAMPLE / NAME))


def free_url() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


HAS_OWN_REDIS = "REDIS_URL" in os.environ
REDIS_URL = os.environ.get("REDIS_URL") or free_url()
REDIS_FOLDER = DATABASE.with_suffix("")

# SEQUERE_BACKENDS for each BACKEND of `make demo`.
BACKENDS = {
    "sqlite": {"default": {"BACKEND": "sequere.backends.simple.SimpleBackend"}},
    "redis": {
        "default": {
            "BACKEND": "sequere.backends.redis.RedisBackend",
            "OPTIONS": {
                "location": REDIS_URL,
                "prefix": "sequere-demo",
                "client_class": "demo.trips.Client",
            },
        }
    },
}
if BACKEND not in BACKENDS:
    # ImproperlyConfigured would show a traceback for a typing error.
    raise SystemExit(f"BACKEND is {BACKEND!r}. Choose one of: {', '.join(BACKENDS)}.")
SEQUERE_BACKENDS = BACKENDS[BACKEND]
# Nobody logs in here: each visitor acts as an account or a topic.
SEQUERE_VIEWER = "demo.visitor.viewer"
LOGIN_URL = "you"

# This key protects nothing: anyone who reaches the site may act as any account.
SECRET_KEY = "the-example-site-of-django-sequere-has-no-secrets"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # It stands before the package, because it replaces one of its templates.
    "demo",
    "sequere",
]
MIDDLEWARE = [
    "demo.cost.middleware",
    "demo.headers.middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "demo.visitor.middleware",
    "demo.views.UnavailableMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "demo.cost.context",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
        },
    }
}
CSRF_FAILURE_VIEW = "demo.views.csrf_failure"
ROOT_URLCONF = "demo.urls"
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True

# Cookies have names of their own: other sites on this machine share the host.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "sequere_demo_session"
CSRF_COOKIE_NAME = "sequere_demo_csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# The log shows errors only. Otherwise each page and each style sheet would add a line.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        name: {"handlers": ["console"], "level": "ERROR", "propagate": False}
        for name in ("django", "django.request", "django.security", "django.server")
    },
}
