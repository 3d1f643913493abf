"""The endpoints, over HTTP."""

from __future__ import annotations

from typing import Any
from unittest import mock
from urllib.parse import unquote

import pytest
from django.core.exceptions import PermissionDenied
from django.test import AsyncClient, Client, SimpleTestCase, override_settings
from django.urls import resolve, reverse

from sequere.api import follow, is_following
from sequere.exceptions import BackendUnavailable
from sequere.registration import registry
from sequere.testing.models import Club, Label, Person
from sequere.types import Ref
from sequere.web import refusal_of
from tests.endpoints import (
    JSON,
    MEMORY,
    EndpointCase,
    Visitor,
    VisitorSequere,
    is_uncached,
)
from tests.testapp.models import Project

HTMX = {"HX-Request": "true"}
LOGIN = "/accounts/login/"


class FollowTests(EndpointCase):
    def test_json(self) -> None:
        follow(self.visitor, Club.objects.create())
        answer = self.post(self.project)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(
            answer.json(),
            {
                "is_following": True,
                "state": "following",
                "followers_count": 1,
                "followers_text": "1 follower",
                "followings_count": 2,
                "projet_followings_count": 1,
            },
        )
        self.assertTrue(is_following(self.visitor, self.project))

    def test_what_is_so_already_is_no_error(self) -> None:
        self.assertEqual(self.post(self.project).json(), self.post(self.project).json())
        for _ in range(2):
            answer = self.post(self.project, action="unfollow").json()
            self.assertEqual(answer["followers_count"], 0)
            self.assertIs(answer["is_following"], False)

    def test_delete(self) -> None:
        follow(self.visitor, self.project)
        answer = self.client.delete(self.url("follow", self.project))
        self.assertIs(answer.json()["is_following"], False)
        self.assertFalse(is_following(self.visitor, self.project))

    def test_a_form_goes_back_to_its_page(self) -> None:
        answer = self.post(self.project, headers=None, next="/page/?a=b")
        self.assertRedirects(answer, "/page/?a=b", fetch_redirect_response=False)
        self.assertTrue(is_following(self.visitor, self.project))
        answer = self.post(self.project, headers=None, action="unfollow")
        self.assertRedirects(answer, "/", fetch_redirect_response=False)
        self.assertFalse(is_following(self.visitor, self.project))

    def test_a_form_goes_to_the_page_of_the_object(self) -> None:
        self.options(Project, get_url=lambda self, project: f"/projects/{project}/")
        answer = self.post(self.project, headers=None)
        self.assertIn("/projects/", answer["Location"])

    def test_who_gets_json(self) -> None:
        for headers, is_json in (
            ({"accept": "application/json"}, True),
            ({"accept": "application/json, text/plain, */*"}, True),
            ({"X-Requested-With": "XMLHttpRequest"}, True),
            ({"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, False),
            ({"accept": "*/*"}, False),
            ({}, False),
            ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ):
            answer = self.post(self.project, headers=headers)
            self.assertEqual(answer.status_code, 200 if is_json else 302, headers)
            self.assertTrue(is_uncached(answer))
            for header in ("Accept", "X-Requested-With", "HX-Request", "Cookie"):
                self.assertIn(header, answer["Vary"])

    def test_headers_that_make_no_sense(self) -> None:
        for accept in (
            "",
            ";",
            ",;q=x,/",
            "text/",
            "*",
            "a/b;q=nan",
            "\xff",
            "x" * 9999,
        ):
            answer = self.post(self.project, headers={"accept": accept})
            self.assertEqual(answer.status_code, 302, accept)

    def test_a_fragment_for_htmx(self) -> None:
        answer = self.post(self.project, headers=HTMX, next="/page/")
        self.assertContains(answer, 'aria-pressed="true"')
        self.assertContains(answer, 'value="unfollow"')
        self.assertContains(answer, 'value="/page/"')
        self.assertContains(answer, "csrfmiddlewaretoken")
        self.assertContains(answer, "1 follower")
        self.assertNotContains(answer, "<html")
        answer = self.post(self.project, headers=HTMX, action="unfollow")
        self.assertContains(answer, 'aria-pressed="false"')

    def test_other_methods(self) -> None:
        for method in ("get", "head", "put", "patch"):
            answer = getattr(self.client, method)(self.url("follow", self.project))
            self.assertEqual(answer.status_code, 405)
            self.assertEqual(answer["Allow"], "POST, DELETE, OPTIONS")
        self.assertEqual(self.edges(), 0)

    def test_what_is_no_form(self) -> None:
        url = self.url("follow", self.project)
        answer = self.client.post(url, {"action": "unfollow"}, "application/json")
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.post(self.project, action="toggle").status_code, 400)
        self.assertEqual(self.edges(), 0)

    def test_oneself(self) -> None:
        answer = self.post(self.visitor)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(answer.json(), {"detail": "You cannot follow yourself."})

    def test_what_is_not_there(self) -> None:
        hidden = Person.objects.create(name="hidden")
        for ref, status in (
            (Ref("nothing", "1"), 404),
            (Ref("projet", "10000000"), 404),
            (Ref("testing.person", str(hidden.pk)), 404),
            (Ref("Projet", str(self.project.pk)), 404),
            (Ref("projet", "x"), 400),
            (Ref("projet", "9" * 30), 400),
            (Ref("testing.place", "x"), 400),
            (Ref("testing.label", "x" * 256), 400),
            (Ref("prefixed", "x"), 400),
        ):
            for name in ("follow", "followers", "followings", "friends"):
                url = reverse(f"sequere:{name}", args=ref)
                method = self.client.post if name == "follow" else self.client.get
                answer = method(url, headers=JSON)
                self.assertEqual(answer.status_code, status, url)
                self.assertEqual(list(answer.json()), ["detail"])
        self.assertEqual(self.edges(), 0)

    def test_a_store_that_is_away(self) -> None:
        error = BackendUnavailable("redis://user:password@10.0.0.1")
        with mock.patch("sequere.api.attempt_follow", side_effect=error):
            for headers in (JSON, HTMX, None):
                answer = self.post(self.project, headers=headers)
                self.assertContains(answer, "Try again later", status_code=503)
                self.assertNotContains(answer, "password", status_code=503)

    async def test_asyncio(self) -> None:
        client = AsyncClient()
        await client.aforce_login(self.visitor)
        answer = await client.post(self.url("follow", self.project), headers=JSON)
        self.assertIs(answer.json()["is_following"], True)


class FollowInMemoryTests(FollowTests):
    backend = MEMORY


class VisitorTests(EndpointCase):
    """Visitors who may follow, and visitors who may not."""

    def setUp(self) -> None:
        super().setUp()
        self.stranger = Client()

    def test_a_form_leads_to_the_login_and_back_to_its_page(self) -> None:
        answer = self.post(self.project, None, self.stranger, next="/page/?a=b")
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(answer["Location"], f"{LOGIN}?next=/page/%3Fa%3Db")
        with override_settings(LOGIN_URL="admin:login"):
            answer = self.post(self.project, None, self.stranger)
        self.assertEqual(answer["Location"], "/admin/login/?next=/")
        self.assertEqual(self.edges(), 0)

    def test_scripts_are_told_where_to_log_in(self) -> None:
        answer = self.post(self.project, JSON, self.stranger, next="/page/")
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(answer.json()["login_url"], f"{LOGIN}?next=/page/")
        answer = self.post(self.project, HTMX, self.stranger)
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(answer["HX-Redirect"], f"{LOGIN}?next=/")
        self.assertEqual(self.edges(), 0)

    def test_strangers_learn_nothing_of_what_exists(self) -> None:
        missing = Ref("projet", "10000000")
        with self.assertNumQueries(0):
            here = self.post(self.project, JSON, self.stranger)
            there = self.post(missing, JSON, self.stranger)
        self.assertEqual(here.json(), there.json())

    def test_a_site_where_all_has_to_log_in(self) -> None:
        middleware = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ]
        with override_settings(MIDDLEWARE=middleware):
            answer = self.post(self.project, None, self.stranger, next="/page/")
            self.assertEqual(answer["Location"], f"{LOGIN}?next=/page/")
            answer = self.stranger.get(self.url("followers", self.project))
            self.assertEqual(answer.status_code, 302)

    @override_settings(SEQUERE_VIEWER="tests.test_views.first_project")
    def test_another_viewer(self) -> None:
        other = Project.objects.create(name="other")
        self.post(other, JSON, self.stranger)
        self.assertTrue(is_following(self.project, other))

    def test_a_user_who_cannot_follow(self) -> None:
        with override_settings(SEQUERE_VIEWER="tests.test_views.nobody"):
            answer = self.post(self.project)
        self.assertEqual(answer.status_code, 403)
        self.assertNotIn("login_url", answer.json())

    def test_permission(self) -> None:
        def can_follow(self: Any, viewer: Any, target: Any) -> bool:
            return bool(target.name != "secret")

        self.options(Project, can_follow=can_follow)
        secret = Project.objects.create(name="secret")
        answer = self.post(secret)
        self.assertEqual(answer.status_code, 403)
        self.assertEqual(
            answer.json(), {"detail": "You are not allowed to follow this."}
        )
        self.assertContains(
            self.post(secret, None),
            "You are not allowed to follow this.",
            status_code=403,
        )
        self.assertEqual(self.edges(), 0)
        follow(self.visitor, secret)
        self.assertEqual(self.post(secret, action="unfollow").status_code, 200)
        self.assertEqual(self.post(self.project).status_code, 200)

    def test_oneself_is_asked_nothing(self) -> None:
        self.options(Visitor, can_follow=None, throttle=None)
        self.assertEqual(self.post(self.visitor).status_code, 400)

    def test_a_user_of_no_registered_model(self) -> None:
        registry.unregister(Visitor)
        self.addCleanup(registry.register, Visitor, VisitorSequere)
        for headers in (JSON, HTMX, None):
            answer = self.post(self.project, headers)
            self.assertContains(answer, "Your account cannot follow", status_code=403)

    def test_a_reason(self) -> None:
        def can_follow(self: Any, viewer: Any, target: Any) -> bool:
            raise PermissionDenied("Members only.")

        self.options(Project, can_follow=can_follow)
        self.assertEqual(self.post(self.project).json(), {"detail": "Members only."})

    def test_the_rate_limit(self) -> None:
        waits: list[float | None] = [None, 0, 2.5]
        seen = []

        def throttle(self: Any, request: Any, target: Any) -> float | None:
            seen.append((request.user, target))
            return waits.pop(0)

        self.options(Project, throttle=throttle)
        self.assertEqual(self.post(self.project).status_code, 200)
        self.assertEqual(self.post(self.project).status_code, 200)
        answer = self.post(self.project)
        self.assertEqual(answer.status_code, 429)
        self.assertEqual(answer["Retry-After"], "3")
        self.assertIn("3 seconds", answer.json()["detail"])
        self.assertEqual(seen, [(self.visitor, self.project)] * 3)
        self.assertEqual(self.post(self.project, action="unfollow").status_code, 200)

    def test_the_rate_limit_of_a_form(self) -> None:
        self.options(Project, throttle=lambda *arguments: 1)
        answer = self.post(self.project, None, next="/page/")
        self.assertContains(answer, "in 1 second.", status_code=429)
        self.assertContains(answer, 'href="/page/"', status_code=429)
        self.assertEqual(answer["Retry-After"], "1")
        self.assertEqual(self.edges(), 0)

    def test_a_private_count(self) -> None:
        other = Visitor.objects.create_user("private")
        answer = self.post(other).json()
        self.assertIsNone(answer["followers_count"])
        self.assertIsNone(answer["followers_text"])


class PathTests(EndpointCase):
    """Any text that is a key can stand in a path."""

    def test_any_text(self) -> None:
        for name in (
            "plain",
            "a/b",
            "/",
            "//a//",
            ".",
            "..",
            "../../x",
            "a/../b",
            "%2F",
            "%",
            "~",
            "~2F",
            "a b",
            " a ",
            "a\nb",
            "\\",
            "?a=b#c",
            ";",
            "déjà",
            "日本語",
            "😀",
            "",
            "'\"<i>",
            "x" * 255,
            "é" * 255,
        ):
            label = self.label(name)
            url = self.url("follow", label)
            path = unquote(url)
            self.assertEqual(resolve(path).kwargs["object_id"], name)
            *_, last = path.split("/")
            self.assertNotIn(last, ("", ".", ".."))
            self.assertEqual(self.post(label).status_code, 200, name)
            self.assertTrue(is_following(self.visitor, label))
        self.assertEqual(self.edges(), Label.objects.count())

    def test_a_path_that_was_typed(self) -> None:
        found = resolve("/follows/follow/testing.label/a/b~c")
        self.assertEqual(found.kwargs["object_id"], "a/b~c")


class RefusalTests(SimpleTestCase):
    def test_errors_of_the_site_are_not_refusals(self) -> None:
        with pytest.raises(LookupError):
            refusal_of(LookupError())


def first_project(request: Any) -> Project | None:
    return Project.objects.first()


def nobody(request: Any) -> None:
    return None
