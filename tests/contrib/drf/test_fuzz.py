"""Requests that follow the schema, and requests that break it, get expected answers."""

from __future__ import annotations

import re
from typing import Any

import hypothesis
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sequere.api import follow
from tests.contrib.drf.cases import ApiCase

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
TOKEN = {"Authorization": "Token visitor"}
EXAMPLES = 20
# The schema of a project has other operations, which are not tested here.
ACTION = re.compile(r"/(follow|followers|followings|friends)/")


@override_settings(ALLOWED_HOSTS=["localhost"])
class FuzzTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        # Django's test client does so too, because the test holds a transaction open.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)
        follow(self.visitor, self.project)
        follow(self.project, self.visitor)
        schema = schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application())
        found: Any = [each.ok() for each in schema.get_all_operations()]  # type: ignore[union-attr]
        self.operations = [each for each in found if ACTION.search(each.path)]
        self.assertEqual(len(self.operations), 15)

    def test_objects_that_are_there(self) -> None:
        key = self.project.pk
        here = {"id": key, "identifier": "projet", "object_id": str(key)}
        for operation in self.operations:
            named = {each.name for each in operation.path_parameters}
            fixed = {name: here[name] for name in named}
            for mode in modes(operation):
                with self.subTest(operation.label, mode=mode):
                    # Every answer is JSON: even errors are not HTML pages of Django.
                    checks = [*CHECKS, content_type_conformance]
                    statuses = self.fuzz(operation, mode, checks, fixed)
                    if mode.is_positive:
                        self.assertIn(200, statuses)

    def test_any_key(self) -> None:
        for operation in self.operations:
            for identifier in ("projet", "testing.label", "testing.place", "prefixed"):
                if "follows" in operation.path:
                    with self.subTest(operation.label, identifier=identifier):
                        fixed = {"identifier": identifier}
                        self.fuzz(operation, GenerationMode.POSITIVE, CHECKS, fixed)

    def test_any_text(self) -> None:
        for operation in self.operations:
            for mode in modes(operation):
                with self.subTest(operation.label, mode=mode):
                    self.fuzz(operation, mode, CHECKS, {})

    def fuzz(self, operation: Any, mode: Any, checks: Any, fixed: Any) -> set[int]:
        """Send requests that match the schema of `operation`, or that break it in the
        negative mode. Return the statuses of the answers.
        """
        statuses = set()

        @hypothesis.settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(mode, path_parameters=fixed))
        def ask(case: Any) -> None:
            # A database error must not break the transaction of the whole test.
            with transaction.atomic():
                response = case.call(headers=TOKEN)
            case.validate_response(response, checks=checks)
            statuses.add(response.status_code)

        ask()
        return statuses


def modes(operation: Any) -> list[GenerationMode]:
    """Return the modes of an operation. By a schema, no text in a path can be wrong."""
    has_query = any(each.name for each in operation.query)
    return list(GenerationMode) if has_query else [GenerationMode.POSITIVE]
