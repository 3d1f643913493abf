"""Objects and visitors that ModelBase.get_queryset() hides."""

from __future__ import annotations

from typing import Any

from sequere.api import follow, get_followers, is_following
from sequere.registration import registry
from sequere.testing.models import Person
from sequere.types import Ref
from tests.endpoints import JSON, MEMORY, EndpointCase, Visitor

HTMX = {"HX-Request": "true"}
MISSING = Ref("testing.person", "123456789")


class UnfollowTests(EndpointCase):
    def setUp(self) -> None:
        super().setUp()
        self.person = Person.objects.create(name="shown")

    def hide(self) -> None:
        Person.objects.filter(pk=self.person.pk).update(name="hidden")

    def unfollow(self, resource: Any, headers: Any = JSON) -> Any:
        return self.post(resource, headers, action="unfollow")

    def assert_same_as_missing(self, headers: Any = JSON) -> None:
        hidden, missing = (
            self.unfollow(each, headers) for each in (self.person, MISSING)
        )
        self.assertEqual(hidden.status_code, 404)
        self.assertEqual(missing.status_code, 404)
        self.assertEqual(hidden.content, missing.content)
        self.assertEqual(hidden.headers.keys(), missing.headers.keys())

    def test_an_object_that_became_hidden(self) -> None:
        follow(self.visitor, self.person)
        self.hide()
        self.assertEqual(self.post(self.person).status_code, 404)
        answer = self.unfollow(self.person)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(
            answer.json(),
            {
                "is_following": False,
                "state": "none",
                "followers_count": None,
                "followers_text": None,
                "followings_count": 0,
                "testing.person_followings_count": 0,
            },
        )
        self.assertFalse(is_following(self.visitor, self.person))
        self.assert_same_as_missing()

    def test_by_delete(self) -> None:
        follow(self.visitor, self.person)
        self.hide()
        url = self.url("follow", self.person)
        self.assertEqual(self.client.delete(url).status_code, 200)
        self.assertEqual(self.client.delete(url).status_code, 404)
        self.assertEqual(self.edges(), 0)

    def test_by_a_form(self) -> None:
        for headers, status, content in ((None, 302, b""), (HTMX, 200, b"")):
            Person.objects.filter(pk=self.person.pk).update(name="shown")
            follow(self.visitor, self.person)
            self.hide()
            answer = self.unfollow(self.person, headers)
            self.assertEqual((answer.status_code, answer.content), (status, content))
            self.assertEqual(self.edges(), 0)
            self.assert_same_as_missing(headers)

    def test_what_others_follow_tells_nobody_that_it_exists(self) -> None:
        follow(Visitor.objects.create_user("another"), self.person)
        self.hide()
        self.assert_same_as_missing()
        self.assertEqual(len(get_followers(self.person)), 1)

    def test_a_row_that_is_gone(self) -> None:
        follow(self.visitor, self.person)
        Person.objects.filter(pk=self.person.pk)._raw_delete("default")
        self.assertEqual(self.unfollow(self.person).status_code, 200)
        self.assertEqual(self.edges(), 0)

    def test_what_is_shown_is_unfollowed_any_number_of_times(self) -> None:
        for _ in range(2):
            self.assertEqual(self.unfollow(self.person).status_code, 200)


class UnfollowInMemoryTests(UnfollowTests):
    backend = MEMORY


class HiddenViewerTests(EndpointCase):
    def setUp(self) -> None:
        super().setUp()
        hidden = Visitor.objects.exclude(pk=self.visitor.pk)
        self.options(Visitor, get_queryset=lambda self: hidden.all())

    def test_a_hidden_viewer_follows_unless_can_follow_says_no(self) -> None:
        self.assertEqual(self.post(self.project).status_code, 200)
        self.assertEqual(list(get_followers(self.project)), [])
        self.assertEqual(len(get_followers(self.project)), 1)
        self.assertEqual(self.post(self.project, action="unfollow").status_code, 200)

        def can_follow(self: Any, viewer: Any, target: Any) -> bool:
            shown = registry.get_for_model(Visitor).options.get_queryset()
            return shown.filter(pk=viewer.pk).exists()

        self.options(type(self.project), can_follow=can_follow)
        self.assertEqual(self.post(self.project).status_code, 403)
        self.assertEqual(self.edges(), 0)
