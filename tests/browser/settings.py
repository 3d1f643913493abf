"""The settings of a site for browser tests. Use them only for `tests/browser`."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, SEQUERE_BACKENDS

# The driver of the browser runs an event loop in the thread of the tests, so Django
# would refuse to use the database there. Nothing runs in that loop during a test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

DATABASES = {"default": DATABASES["default"]}
SEQUERE_BACKENDS = {"default": SEQUERE_BACKENDS["default"]}
INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.staticfiles", "tests.browser.site"]
MIDDLEWARE = [
    "tests.browser.site.policy.content_security_policy",
    *MIDDLEWARE,
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "tests.browser.site.urls"
STATIC_URL = "static/"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "projects"
# The default hasher takes a second for each password.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
