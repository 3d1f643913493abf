from __future__ import annotations

import subprocess
import sys
from unittest import mock

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.test import SimpleTestCase

from sequere.contrib.drf import api_error
from sequere.exceptions import (
    BackendUnavailable,
    InvalidCursor,
    LoginRequired,
    SelfFollow,
    Throttled,
)
from tests.contrib.drf.cases import ApiCase

# A module that is None in sys.modules raises ModuleNotFoundError.
WITHOUT = """
import sys
sys.modules["{}"] = None
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["sequere"])
django.setup()
import sequere.contrib.drf
"""


class ErrorTests(SimpleTestCase):
    def test_statuses(self) -> None:
        for error, status in (
            (BackendUnavailable("x"), 503),
            (BadRequest("x"), 400),
            (Http404("x"), 404),
            (InvalidCursor("x"), 400),
            (LoginRequired("x"), 401),
            (PermissionDenied("x"), 403),
            (SelfFollow("x"), 400),
            (Throttled(1.5), 429),
        ):
            self.assertEqual(api_error(error).status_code, status)

    def test_another_error_is_raised_again(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            api_error(ZeroDivisionError())


class ViewTests(ApiCase):
    def test_serializers_of_a_store_that_is_away(self) -> None:
        error = BackendUnavailable("password")
        with mock.patch("sequere.api.follow_states", side_effect=error):
            answer = self.api.get("/api/projects/")
        self.assertEqual(answer.status_code, 503)
        self.assertNotIn("password", answer.content.decode())


class ImportTests(SimpleTestCase):
    def run_without(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT.format(name)],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_without_the_framework(self) -> None:
        done = self.run_without("rest_framework")
        self.assertIn("ImportError: sequere.contrib.drf needs Django", done.stderr)
        self.assertIn("pip install 'django-sequere[drf]'", done.stderr)

    def test_without_drf_spectacular(self) -> None:
        done = self.run_without("drf_spectacular")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
