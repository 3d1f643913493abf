"""The actions of a viewset of the project."""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.core.exceptions import PermissionDenied
from django.test import override_settings
from rest_framework.test import APIClient

from sequere.api import follow, follow_many, is_following
from sequere.exceptions import BackendUnavailable
from sequere.testing.models import Club, Person
from tests.contrib.drf.cases import ApiCase
from tests.endpoints import MEMORY, Visitor, is_uncached
from tests.testapp.models import Project

TOKEN = {"Authorization": "Token visitor"}


class FollowTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.project_url("follow")

    def test_follow_and_unfollow(self) -> None:
        for _ in range(2):
            answer = self.api.post(self.path)
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(
                answer.json(),
                {
                    "is_following": True,
                    "state": "following",
                    "followers_count": 1,
                    "followers_text": "1 follower",
                    "followings_count": 1,
                    "projet_followings_count": 1,
                },
            )
            self.assertTrue(is_uncached(answer))
        self.assertTrue(is_following(self.visitor, self.project))
        for _ in range(2):
            answer = self.api.delete(self.path)
            self.assertEqual(answer.status_code, 200)
            self.assertIs(answer.json()["is_following"], False)
        self.assertEqual(self.edges(), 0)

    def test_queries(self) -> None:
        # The view finds the session, the user, and the object twice (once for itself
        # and once for ModelBase). Then come the follow, and three queries for the
        # answer.
        with self.assertNumQueries(8 if self.backend != MEMORY else 4):
            self.api.post(self.path)

    def test_nobody(self) -> None:
        for method in ("post", "delete"):
            with self.assertNumQueries(0):
                answer = getattr(self.stranger, method)(self.path)
            self.assertEqual(answer.status_code, 403)
            self.assertEqual(answer.json(), {"detail": "Log in to follow."})

    def test_a_way_to_log_in_by_http(self) -> None:
        answer = self.stranger.post(self.project_url("follow", "tokens"))
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer["WWW-Authenticate"], "Token")
        self.assertEqual(answer.json(), {"detail": "Log in to follow."})

    def test_a_session_needs_the_csrf_token_and_a_token_does_not(self) -> None:
        strict = APIClient(enforce_csrf_checks=True)
        strict.force_login(self.visitor)
        for method in ("post", "delete"):
            answer = getattr(strict, method)(self.path)
            self.assertEqual(answer.status_code, 403)
            self.assertIn("CSRF", answer.json()["detail"])
        self.assertEqual(self.edges(), 0)
        strict.logout()
        self.assertEqual(strict.post(self.path, headers=TOKEN).status_code, 200)
        wrong = strict.post(self.path, headers={"Authorization": "Token nobody"})
        self.assertIn(wrong.status_code, (401, 403))
        self.assertEqual(self.edges(), 1)

    def test_a_csrf_token(self) -> None:
        strict = APIClient(enforce_csrf_checks=True)
        strict.force_login(self.visitor)
        strict.cookies["csrftoken"] = token = "t" * 32
        answer = strict.post(self.path, headers={"X-CSRFToken": token})
        self.assertEqual(answer.status_code, 200)

    @override_settings(SEQUERE_VIEWER="tests.contrib.drf.test_actions.first_person")
    def test_another_viewer(self) -> None:
        person = Person.objects.create(name="first")
        strict = APIClient(enforce_csrf_checks=True)
        answer = strict.post(self.path)
        self.assertEqual(answer.status_code, 403)
        self.assertIn("CSRF", answer.json()["detail"])
        self.assertFalse(is_following(person, self.project))
        self.assertEqual(self.stranger.post(self.path).status_code, 200)
        self.assertTrue(is_following(person, self.project))

    def test_permission(self) -> None:
        def can_follow(self: Any, viewer: Any, target: Any) -> bool:
            raise PermissionDenied("Members only.")

        for found, detail in (
            (can_follow, "Members only."),
            (lambda *arguments: False, "You are not allowed to follow this."),
        ):
            self.options(Project, can_follow=found)
            answer = self.api.post(self.path)
            self.assertEqual(answer.status_code, 403)
            self.assertEqual(answer.json(), {"detail": detail})
        self.assertEqual(self.api.delete(self.path).status_code, 200)

    def test_who_may_read_may_follow(self) -> None:
        self.assertEqual(self.api.delete(self.project_url() + "/").status_code, 404)
        self.assertEqual(self.api.delete(self.project_url()).status_code, 403)
        self.assertEqual(self.api.post(self.path).status_code, 200)
        Project.objects.update(name="members")
        for name in ("follow", "followers"):
            path = self.project_url(name)
            answer = self.api.post(path) if name == "follow" else self.api.get(path)
            self.assertEqual(answer.status_code, 403)

    def test_the_rate_limit(self) -> None:
        self.options(Project, throttle=lambda self, request, target: 2.5)
        answer = self.api.post(self.path)
        self.assertEqual(answer.status_code, 429)
        self.assertEqual(answer["Retry-After"], "3")
        detail = "You are following too fast. Try again in 3 seconds."
        self.assertEqual(answer.json(), {"detail": detail})
        self.assertEqual(self.api.delete(self.path).status_code, 200)

    def test_what_is_not_there(self) -> None:
        Project.objects.update(name="hidden")
        self.assertEqual(self.api.post(self.path).status_code, 404)
        Project.objects.update(name="shown")
        hide = {"get_queryset": lambda self: Project.objects.none()}
        self.options(Project, **hide)
        answer = self.api.post(self.path)
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(answer.json(), {"detail": "This page does not exist."})

    def test_a_store_that_is_away(self) -> None:
        error = BackendUnavailable("redis://user:password@10.0.0.1")
        with mock.patch("sequere.api.attempt_follow", side_effect=error):
            answer = self.api.post(self.path)
        self.assertEqual(answer.status_code, 503)
        self.assertNotIn("password", str(answer.json()))

    def test_other_methods(self) -> None:
        for method, status in (("get", 405), ("put", 403), ("patch", 403)):
            answer = getattr(self.api, method)(self.path)
            self.assertEqual(answer.status_code, status)
        self.assertEqual(self.api.options(self.path).status_code, 200)
        self.assertEqual(self.edges(), 0)

    def test_the_body_is_not_read(self) -> None:
        answer = self.api.post(self.path, b"{", content_type="application/json")
        self.assertEqual(answer.status_code, 200)


class FollowInMemoryTests(FollowTests):
    backend = MEMORY


class ListTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        people = [Person.objects.create(name=f"p{n}") for n in range(25)]
        follow_many((person, self.project) for person in people)
        self.club = Club.objects.create()
        follow(self.club, self.project)
        follow(self.project, self.club)

    def test_pages(self) -> None:
        seen = []
        url = self.project_url("followers") + "?size=10&kind=testing.person"
        while url:
            answer = self.stranger.get(url)
            self.assertTrue(is_uncached(answer))
            page = answer.json()
            self.assertEqual(page["count"], 25)
            seen += [each["label"] for each in page["results"]]
            url = page["next"]
        self.assertEqual(len(set(seen)), len(seen))
        self.assertEqual(len(seen), 25)

    def test_an_item(self) -> None:
        for name in ("followings", "friends"):
            [item] = self.api.get(self.project_url(name)).json()["results"]
            self.assertLess(item.pop("since"), "9")
            self.assertEqual(
                item,
                {
                    "identifier": "testing.club",
                    "object_id": str(self.club.pk),
                    "label": f"club {self.club.pk}",
                    "url": None,
                },
            )

    def test_parameters_that_are_none(self) -> None:
        for query in ("size=0", "size=x", "after=x", "kind=nothing"):
            answer = self.api.get(self.project_url("followers") + "?" + query)
            self.assertEqual(answer.status_code, 400, query)
            self.assertEqual(list(answer.json()), ["detail"])

    def test_the_filters_of_the_view_are_for_the_object(self) -> None:
        for name, count in (("followers", 26), ("followings", 1), ("friends", 1)):
            answer = self.api.get(self.project_url(name), {"search": "classe"})
            self.assertEqual(answer.json()["count"], count)
            answer = self.api.get(self.project_url(name), {"search": "other"})
            self.assertEqual(answer.status_code, 404)

    def test_queries(self) -> None:
        # The view finds the object twice, the block, the edges, the count, the session,
        # the user, and the instances of each model.
        with self.assertNumQueries(9 if self.backend != MEMORY else 6):
            self.api.get(self.project_url("followers"), {"size": 100})

    def test_private_lists(self) -> None:
        self.options(
            Project,
            can_list=lambda self, viewer, resource, direction: (
                viewer is not None or direction == "followings"
            ),
        )
        for name, status in (("followers", 403), ("followings", 200), ("friends", 403)):
            path = self.project_url(name)
            self.assertEqual(self.stranger.get(path).status_code, status)
            self.assertEqual(self.api.get(path).status_code, 200)

    def test_the_browsable_api(self) -> None:
        path = self.project_url("followers") + "?size=10"
        answer = self.api.get(path, headers={"accept": "text/html"})
        self.assertContains(answer, "after=")
        self.assertContains(answer, "Followers")
        answer = self.api.get(
            self.project_url("follow"), headers={"accept": "text/html"}
        )
        self.assertContains(answer, "csrfmiddlewaretoken", status_code=405)


class ListInMemoryTests(ListTests):
    backend = MEMORY


class PrivateCountTests(ApiCase):
    def test_a_private_count(self) -> None:
        private = Visitor.objects.create_user("private")
        answer = self.api.post(self.url("follow", private)).json()
        self.assertIsNone(answer["followers_count"])


def first_person(request: Any) -> Any:
    return Person.objects.first()
