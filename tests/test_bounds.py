"""The cost of one request of a stranger is bounded, and cursors tell no secrets."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode

from sequere.api import follow_many, get_followers
from sequere.exceptions import InvalidCursor
from sequere.registration import registry
from sequere.testing.base import NOON, SECOND
from sequere.testing.models import Label, Person
from tests.endpoints import EndpointCase

# Five reads of edges, five of instances, one of the object, and one for the length.
MOST = 12


@override_settings(ROOT_URLCONF="tests.contrib.drf.urls")
class HiddenTests(EndpointCase):
    def setUp(self) -> None:
        super().setUp()
        hidden = [Person(name="hidden") for _ in range(2600)]
        shown = Person.objects.create(name="first")
        people = [shown, *Person.objects.bulk_create(hidden)]
        follow_many(
            (person, self.project, NOON + number * SECOND)
            for number, person in enumerate(people)
        )

    def queries(self) -> AbstractContextManager[Any]:
        return CaptureQueriesContext(connection)

    def test_rest(self) -> None:
        url = reverse("sequere_drf:followers", args=registry.ref(self.project))
        with self.queries() as queries:
            page = Client().get(url, {"size": 1}).json()
        self.assertLessEqual(len(queries), MOST + 1)
        self.assertEqual((page["count"], page["results"]), (2601, []))
        page = Client().get(page["next"]).json()
        self.assertEqual([each["label"] for each in page["results"]], ["first"])
        self.assertIsNone(page["next"])

    @override_settings(ROOT_URLCONF="tests.urls")
    def test_endpoints(self) -> None:
        url = self.url("followers", self.project)
        with self.queries() as queries:
            page = Client().get(url, {"size": 1}).json()
        self.assertLessEqual(len(queries), MOST)
        self.assertEqual((page["count"], page["items"]), (2601, []))
        self.assertIsNone(page["previous"])
        page = Client().get(url, {"size": 1, "after": page["next"]}).json()
        self.assertEqual([each["label"] for each in page["items"]], ["first"])
        page = Client().get(url, {"size": 1, "after": page["previous"]}).json()
        self.assertEqual(page["items"], [])

    def test_tags(self) -> None:
        with self.queries() as queries:
            text = "{% followers project limit=1 as found %}{{ found|length }}"
            self.assertEqual(self.render(text, project=self.project), "0")
        self.assertLessEqual(len(queries), MOST)

    def test_code_goes_through_everything(self) -> None:
        followers = get_followers(self.project).instances()
        self.assertEqual([each.name for each in followers], ["first"])


class CursorTests(EndpointCase):
    def page(self, after: str | None = None) -> Any:
        return get_followers(self.project).page(1, after=after)

    def test_a_cursor_is_not_readable(self) -> None:
        labels = [Label.objects.create(name=f"secret{n}") for n in range(3)]
        follow_many((label, self.project) for label in labels)
        cursor = self.page().next
        for text in (cursor.encode(), urlsafe_base64_decode(cursor)):
            self.assertNotIn(b"secret", text)
            self.assertNotIn(b"label", text)
        lengths = set()
        for name in ("a", "b" * 12):
            Label.objects.all().delete()
            pair = [Label.objects.create(name=name + end) for end in "12"]
            follow_many((label, self.project) for label in pair)
            lengths.add(len(self.page().next))
        self.assertEqual(len(lengths), 1)

    def test_the_key_of_the_site(self) -> None:
        labels = [Label.objects.create(name=f"{n}") for n in range(3)]
        follow_many((label, self.project) for label in labels)
        old, cursor = settings.SECRET_KEY, self.page().next
        with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[old]):
            self.assertEqual(len(self.page(cursor).items), 1)
        with (
            override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]),
            self.assertRaises(InvalidCursor),
        ):
            self.page(cursor)
