"""The endpoints that show lists, over HTTP."""

from __future__ import annotations

from typing import Any

from django.test import Client

from sequere.api import follow, follow_many
from sequere.testing.models import Club, Person
from tests.endpoints import (
    MEMORY,
    EndpointCase,
    Visitor,
    is_uncached,
)
from tests.testapp.models import Project

HTMX = {"HX-Request": "true"}
LOGIN = "/accounts/login/"


class ListTests(EndpointCase):
    def setUp(self) -> None:
        super().setUp()
        self.people = [Person.objects.create(name=f"p{n}") for n in range(25)]
        follow_many((person, self.project) for person in self.people)
        self.club = Club.objects.create()
        follow(self.club, self.project)
        follow(self.project, self.club)

    def get(self, name: str, resource: Any = None, **query: Any) -> Any:
        answer = self.client.get(self.url(name, resource or self.project), query)
        self.assertTrue(is_uncached(answer))
        self.assertEqual(answer["Content-Type"], "application/json")
        return answer

    def test_pages(self) -> None:
        first = self.get("followers", size=20).json()
        self.assertEqual(first["count"], 26)
        self.assertEqual(len(first["items"]), 20)
        self.assertIsNone(first["previous"])
        rest = self.get("followers", size=20, after=first["next"]).json()
        self.assertEqual(len(rest["items"]), 6)
        self.assertIsNone(rest["next"])
        seen = {each["label"] for each in first["items"] + rest["items"]}
        self.assertEqual(len(seen), 26)
        again = self.get("followers", size=20, after=rest["previous"]).json()
        self.assertEqual(again["items"], first["items"])

    def test_an_item(self) -> None:
        self.options(Club, get_url=lambda self, club: "/club/")
        [item] = self.get("followings").json()["items"]
        self.assertLess(item.pop("since"), "9")
        self.assertEqual(
            item,
            {
                "identifier": "testing.club",
                "object_id": str(self.club.pk),
                "label": f"club {self.club.pk}",
                "url": "/club/",
            },
        )

    def test_friends(self) -> None:
        answer = self.get("friends").json()
        self.assertEqual(answer["count"], 1)
        self.assertEqual(answer["items"][0]["identifier"], "testing.club")

    def test_kinds(self) -> None:
        for kinds, count in (
            (["testing.club"], 1),
            (["testing.person"], 25),
            (["testing.club", "testing.person", "testing.club"], 26),
            (["visitor"], 0),
        ):
            answer = self.get("followers", kind=kinds).json()
            self.assertEqual(answer["count"], count)
        for kinds in (["nothing"], [""], ["testing.club", "x"]):
            self.assertEqual(self.get("followers", kind=kinds).status_code, 400)

    def test_sizes(self) -> None:
        follow_many(
            (Person.objects.create(name="more"), self.project) for _ in range(100)
        )
        for size, length in ((1, 1), (100, 100), (10**9, 100)):
            answer = self.get("followers", size=size).json()
            self.assertEqual(len(answer["items"]), length)
        self.assertEqual(len(self.get("followers").json()["items"]), 20)
        for wrong in ("0", "-1", "x", "", "1.5", "9" * 5000):
            self.assertEqual(self.get("followers", size=wrong).status_code, 400)

    def test_cursors(self) -> None:
        foreign = self.get("followers", size=1).json()["next"]
        for name, cursor in (("followers", "x"), ("followings", foreign)):
            answer = self.get(name, after=cursor)
            self.assertEqual(answer.status_code, 400)
            self.assertNotIn(cursor * 2, answer.json()["detail"])
        self.assertEqual(self.get("followers", after="").status_code, 200)

    def test_queries(self) -> None:
        # The view finds the project, the block, the count, the edges, the session, the
        # user, and the instances of each model.
        with self.assertNumQueries(8 if self.backend != MEMORY else 5):
            self.get("followers", size=100)

    def test_private_lists(self) -> None:
        private = Visitor.objects.create_user("private one")
        follow(self.people[0], private)
        follow(private, self.people[0])
        for name in ("followers", "followings", "friends"):
            for client in (self.client, Client()):
                answer = client.get(self.url(name, private))
                self.assertEqual(answer.status_code, 403)
                self.assertEqual(answer.json(), {"detail": "This list is private."})
        self.client.force_login(private)
        self.assertEqual(self.get("friends", private).json()["count"], 1)

    def test_friends_are_in_both_lists(self) -> None:
        for hidden in ("followers", "followings"):
            self.options(
                Project,
                can_list=lambda self, viewer, resource, direction, hidden=hidden: (
                    direction != hidden
                ),
            )
            for name in ("followers", "followings", "friends"):
                refused = name in (hidden, "friends")
                status = 403 if refused else 200
                self.assertEqual(self.get(name).status_code, status)

    def test_other_methods(self) -> None:
        for name in ("followers", "followings", "friends"):
            for method in ("post", "put", "patch", "delete"):
                answer = getattr(self.client, method)(self.url(name, self.project))
                self.assertEqual(answer.status_code, 405)


class ListInMemoryTests(ListTests):
    backend = MEMORY
