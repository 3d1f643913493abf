"""The schema that drf-spectacular makes is true."""

from __future__ import annotations

from io import StringIO
from typing import Any

import yaml
from django.core.management import call_command
from django.test import SimpleTestCase

from sequere.web import State, follow_payload, resource_payload
from sequere.web.actions import Change
from tests.contrib.drf.cases import ApiCase


def load() -> Any:
    out = StringIO()
    call_command(
        "spectacular",
        urlconf="tests.contrib.drf.urls",
        validate=True,
        fail_on_warn=True,
        stdout=out,
    )
    return yaml.safe_load(out.getvalue())


class SchemaTests(SimpleTestCase):
    def test_it_is_valid_and_nothing_is_guessed(self) -> None:
        paths = load()["paths"]
        for base in (
            "/api/projects/{id}/%s/",
            "/api/follows/%s/{identifier}/{object_id}",
        ):
            self.assertEqual(set(paths[base % "follow"]), {"post", "delete"})
            self.assertNotIn("requestBody", paths[base % "follow"]["post"])
            for name in ("followers", "followings", "friends"):
                self.assertEqual(set(paths[base % name]), {"get"})
                named = {
                    each["name"] for each in paths[base % name]["get"]["parameters"]
                }
                self.assertLessEqual({"after", "size", "kind"}, named)
                self.assertNotIn("search", named)

    def test_it_does_not_tell_how_the_package_is_made(self) -> None:
        schema = load()
        self.assertNotIn("description", schema["components"]["schemas"]["Project"])
        self.assertNotIn("description", schema["paths"]["/api/projects/"]["get"])

    def test_states_are_only_read(self) -> None:
        found = load()["components"]["schemas"]["Project"]["properties"]
        self.assertTrue(found["is_followed"]["readOnly"])
        self.assertTrue(found["followers_count"]["nullable"])


class PayloadTests(ApiCase):
    def test_it_has_what_is_sent(self) -> None:
        schemas = load()["components"]["schemas"]
        change = follow_payload(Change(self.visitor, self.project, State.NONE))
        self.assertEqual(
            {*schemas["FollowChange"]["properties"], "projet_followings_count"},
            change.keys(),
        )
        self.assertEqual(
            schemas["FollowItem"]["properties"].keys(),
            resource_payload(self.project).keys(),
        )
