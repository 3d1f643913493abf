"""The base classes of tests of endpoints, tags and their safety."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.http.response import HttpResponseBase
from django.template import Context, Template
from django.test import RequestFactory, TestCase, override_settings
from django.urls import reverse

from sequere.api import get_followings_count
from sequere.base import ModelBase
from sequere.handler import get_backend
from sequere.registration import registry
from sequere.testing.models import Label
from sequere.types import Direction
from tests.testapp.models import Project

SIMPLE = "sequere.backends.simple.SimpleBackend"
MEMORY = "sequere.backends.memory.MemoryBackend"
JSON = {"accept": "application/json"}

Visitor = get_user_model()


class VisitorSequere(ModelBase):
    """The options of users. Some users keep their lists private."""

    identifier = "visitor"

    def can_list(self, viewer: Any, resource: Any, direction: Direction) -> bool:
        return viewer == resource or not resource.username.startswith("private")


class EndpointCase(TestCase):
    """Tests with a visitor who is logged in, and a project."""

    backend: ClassVar[str] = SIMPLE

    def setUp(self) -> None:
        super().setUp()
        settings = override_settings(
            SEQUERE_BACKENDS={"default": {"BACKEND": self.backend}}
        )
        settings.enable()
        self.addCleanup(settings.disable)
        # The memory backend lives as long as the process, and has edges of other tests.
        get_backend().clear()
        self.addCleanup(get_backend().clear)
        registry.register(Visitor, VisitorSequere)
        self.addCleanup(registry.unregister, Visitor)
        self.visitor = Visitor.objects.create_user("visitor")
        self.project = Project.objects.create(name="La classe americaine")
        self.client.force_login(self.visitor)

    def url(self, name: str, resource: Any) -> str:
        return reverse(f"sequere:{name}", args=registry.ref(resource))

    def post(
        self, resource: Any, headers: Any = JSON, client: Any = None, **data: str
    ) -> Any:
        client = client or self.client
        return client.post(self.url("follow", resource), data, headers=headers)

    def edges(self) -> int:
        """Return the number of resources that the visitor follows."""
        return get_followings_count(self.visitor)

    def options(self, model: type[Any], **methods: Any) -> None:
        """Register `model` with these methods until the end of the test."""
        registration = registry.get_for_model(model)
        base = type(registration.options)
        changed = type("Changed", (base,), methods)(model)
        self.addCleanup(setattr, registration, "options", registration.options)
        registration.options = changed

    def render(self, text: str, **context: Any) -> str:
        request = RequestFactory().get("/a page/?b=c")
        request.user = context.get("user", self.visitor)
        values = {"request": request, "csrf_token": "t0ken", **context}
        return Template("{% load sequere_tags %}" + text).render(Context(values))

    def label(self, name: str) -> Label:
        return Label.objects.create(name=name)


def is_uncached(response: HttpResponseBase) -> bool:
    return "no-store" in response["Cache-Control"]
