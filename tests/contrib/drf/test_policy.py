"""Blocks, mutes and requests in the REST API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rest_framework.test import APIClient

from sequere.api import (
    block,
    follow,
    follow_states,
    is_blocking,
    is_following,
    is_muting,
    mute,
    unmute,
)
from sequere.contrib.drf.urls import METHODS, urlpatterns
from sequere.states import with_follow_state
from sequere.testing.models import Account
from sequere.types import Ref
from sequere.web.listing import VERBS
from tests.contrib.drf.cases import ApiCase
from tests.contrib.drf.urls import ProjectSerializer
from tests.endpoints import MEMORY, Visitor
from tests.test_policy_views import visible_to_followers
from tests.testapp.models import Project

MISSING = Ref("visitor", "123456789")


class PolicyTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = Visitor.objects.create_user("other")

    def test_block_and_mute(self) -> None:
        for name, verb, state in (
            ("block", is_blocking, "blocked"),
            ("mute", is_muting, "none"),
        ):
            for path in (self.project_url(name), self.url(name, self.project)):
                answer = self.api.post(path)
                self.assertEqual(answer.json()["state"], state)
                self.assertTrue(verb(self.visitor, self.project))
                answer = self.api.delete(path)
                self.assertEqual(answer.json()["state"], "none")
                self.assertFalse(verb(self.visitor, self.project))

    def test_a_mute_with_an_end(self) -> None:
        path, end = self.project_url("mute"), datetime(2199, 1, 1, tzinfo=UTC)
        for kind in ("json", "multipart"):
            answer = self.api.post(path, {"until": end.isoformat()}, format=kind)
            self.assertEqual(answer.status_code, 200)
            state = follow_states(self.visitor, [self.project])[self.project]
            self.assertEqual(state.muted_until, end)
            unmute(self.visitor, self.project)
        for wrong in (
            "yesterday",
            "2001-01-01",
            "2001-01-01T00:00Z",
            8,
            ["x"],
            {"a": 1},
        ):
            answer = self.api.post(path, {"until": wrong}, format="json")
            self.assertEqual(answer.status_code, 400, wrong)
            self.assertFalse(is_muting(self.visitor, self.project))
        self.assertEqual(self.api.post(path, ["x"], format="json").status_code, 200)
        self.assertTrue(is_muting(self.visitor, self.project))

    def test_requests(self) -> None:
        account = Account.objects.create(is_private=True)
        for method, state in (("post", "requested"), ("delete", "none")):
            answer = getattr(self.api, method)(self.url("follow", account))
            self.assertEqual(answer.json()["state"], state)
        visitor = self.visitor
        self.options(Visitor, approval=lambda self, user: user == visitor)
        for name, follows in (("reject", False), ("accept", True)):
            follow(self.other, self.visitor)
            page = self.api.get(self.url("requests", self.visitor)).json()
            self.assertEqual([each["label"] for each in page["results"]], ["other"])
            self.assertEqual(self.api.post(self.url(name, self.other)).status_code, 200)
            self.assertIs(is_following(self.other, self.visitor), follows)
        self.api.post(self.url("remove_follower", self.other))
        self.assertFalse(is_following(self.other, self.visitor))

    def test_own_lists(self) -> None:
        for name, verb in (("blocked", block), ("muted", mute)):
            verb(self.visitor, self.other)
            page = self.api.get(self.url(name, self.visitor)).json()
            self.assertEqual([each["label"] for each in page["results"]], ["other"])
            for api, owner in ((self.api, self.other), (self.stranger, self.visitor)):
                answer = api.get(self.url(name, owner))
                self.assertEqual(answer.json(), {"detail": "This list is private."})

    def test_a_blocked_visitor_finds_nothing(self) -> None:
        block(self.project, self.visitor)
        for name in (*METHODS, *VERBS):
            method = self.api.post if name in METHODS else self.api.get
            for found, missing in (
                (self.url(name, self.project), self.url(name, MISSING)),
                (self.project_url(name), f"/api/projects/123456789/{name}/"),
            ):
                if name in ("block", "mute"):
                    continue
                answers = method(found), method(missing)
                self.assertEqual([each.status_code for each in answers], [404, 404])
                self.assertEqual(answers[0].content, answers[1].content)
        for name in ("block", "mute"):
            answer = self.api.delete(self.url(name, self.project))
            self.assertEqual(answer.status_code, 404)
            answer = self.api.post(self.url(name, self.project))
            self.assertIsNone(answer.json()["followers_count"])
            self.assertEqual(
                self.api.delete(self.url(name, self.project)).status_code, 200
            )

    def test_fields(self) -> None:
        block(self.visitor, self.project)
        mute(self.visitor, self.project)
        found = [self.project, *with_follow_state(self.visitor, Project.objects.all())]
        for each in found:
            data = ProjectSerializer(each, context={"viewer": self.visitor}).data
            self.assertTrue(data["is_blocked"] and data["is_muted"])
            self.assertFalse(data["is_requested"] or data["requests_viewer"])
            self.assertNotIn("blocks_viewer", data)

    def test_a_private_account_in_no_list(self) -> None:
        private = Visitor.objects.create_user("private hermit")
        self.options(Visitor, visible_to=visible_to_followers)
        friend = APIClient()
        friend.force_login(self.other)
        for each in (self.other, self.project):
            follow(private, each)
        follow(self.other, private)
        told = [
            {
                api: self.walk(api, pattern.name)
                for api in (friend, self.api, APIClient())
            }
            for pattern in urlpatterns
            if pattern.name not in METHODS
        ]
        self.assertTrue(any(b"hermit" in each[friend] for each in told))
        for answers in told:
            for api, content in answers.items():
                self.assertTrue(api is friend or b"hermit" not in content)

    def walk(self, api: Any, name: Any) -> bytes:
        resources = [*Visitor.objects.all(), self.project]
        return b"".join(api.get(self.url(name, each)).content for each in resources)


class PolicyInMemoryTests(PolicyTests):
    backend = MEMORY
