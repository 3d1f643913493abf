"""The base class of tests of the API."""

from __future__ import annotations

from typing import Any

from django.test import override_settings
from django.urls import reverse
from rest_framework.test import APIClient

from sequere.registration import registry
from tests.endpoints import EndpointCase


@override_settings(ROOT_URLCONF="tests.contrib.drf.urls")
class ApiCase(EndpointCase):
    """Tests with a visitor who is logged in, a stranger, and a project."""

    api: APIClient

    def setUp(self) -> None:
        super().setUp()
        self.api = APIClient()
        self.api.force_login(self.visitor)
        self.stranger = APIClient()

    def url(self, name: str, resource: Any) -> str:
        """Return the path of an action, by identifier and object id."""
        return reverse(f"sequere_drf:{name}", args=registry.ref(resource))

    def project_url(self, name: str = "", base: str = "projects") -> str:
        """Return the path of an action in the viewset of the project."""
        return f"/api/{base}/{self.project.pk}/{name}{'/' if name else ''}"
