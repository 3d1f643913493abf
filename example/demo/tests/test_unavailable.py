from __future__ import annotations

from unittest.mock import patch

from django.core.cache import cache
from django.test import TestCase

from sequere.exceptions import BackendUnavailable


class UnavailableTest(TestCase):
    def setUp(self) -> None:
        cache.clear()

    def test_page(self) -> None:
        error = BackendUnavailable("host:6379 cannot be reached")
        with patch("demo.things.get_followers_counts", side_effect=error):
            response = self.client.get("/")
        self.assertContains(response, "cannot be reached. Try again", status_code=503)
        self.assertContains(response, "host:6379", status_code=503)
