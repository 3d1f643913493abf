"""Writes of many edges, which the backend may count without the triggers."""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.core.checks import run_checks
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from sequere.api import (
    archive,
    block,
    follow,
    follow_many,
    get_followers_count,
    get_followings_count,
    is_following,
    unfollow,
)
from sequere.backends.simple import counting
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.questions import Add, Forget
from sequere.registration import registry
from sequere.testing.models import Club, Nick, Person
from sequere.times import now
from sequere.types import Edge
from tests.backends.test_simple_waiting import DIFFERENCES

MANY = 1200


class ManyTests(TransactionTestCase):
    databases = {"default", "other"}

    def setUp(self) -> None:
        self.star, self.rival, *self.people = Person.objects.bulk_create(
            [Person(name="x") for _ in range(MANY + 2)]
        )
        self.club = Club.objects.create()
        follow_many((person, self.star) for person in self.people)
        follow_many((self.star, person) for person in self.people[:700])
        follow_many((person, self.rival) for person in self.people[:500])
        follow_many((person, self.club) for person in self.people[:100])
        follow(self.star, self.club)
        follow(self.star, self.rival)

    def assert_true_counts(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(DIFFERENCES)
            self.assertEqual(list(cursor.fetchall()), [])
            cursor.execute("SELECT COUNT(*) FROM sequere_count WHERE total = 0")
            self.assertEqual(cursor.fetchone()[0], 0)

    def assert_triggers_count(self) -> None:
        """Edges that other SQL writes are still counted."""
        self.assertEqual(run_checks(databases=["default"]), [])
        before = get_followers_count(self.rival)
        rows = EdgeRow.objects.filter(to_object_id=str(self.rival.pk))
        rows.filter(from_object_id=str(self.people[5].pk)).delete()
        self.assertEqual(get_followers_count(self.rival), before - 1)
        self.assertIs(follow(self.people[5], self.rival), True)
        self.assertEqual(get_followers_count(self.rival), before)
        self.assert_true_counts()

    def edges_of(self, person: Any) -> int:
        return sum(
            EdgeRow.objects.filter(
                **{f"{end}_identifier": "testing.person", f"{end}_object_id": person}
            ).count()
            for end in ("from", "to")
        )

    def test_following_many(self) -> None:
        self.assertEqual(get_followers_count(self.star), MANY)
        self.assertEqual(get_followings_count(self.people[0]), 3)
        again = follow_many((person, self.star) for person in self.people)
        self.assertEqual(again, [])
        more = follow_many((person, self.rival) for person in self.people)
        self.assertEqual(len(more), MANY - 500)
        self.assert_triggers_count()

    def test_the_queries_of_following_many(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            follow_many((person, self.rival) for person in self.people)
        edges = [query for query in queries if "sequere_" in query["sql"]]
        if connection.vendor == "sqlite":
            self.assertEqual(len(edges), 10)
        elif connection.vendor == "postgresql":
            self.assertEqual(len(edges), 1)

    def test_following_many_leaves_other_slots_as_they_are(self) -> None:
        archived, blocked, gone, *_ = self.people
        follow(archived, self.rival)
        archive(archived)
        block(self.rival, blocked)
        Person.objects.filter(pk=gone.pk)._raw_delete("default")
        before = EdgeRow.objects.filter(from_object_id=str(archived.pk)).count()
        edges = follow_many((person, self.rival) for person in self.people)
        self.assertEqual(len(edges), MANY - 500)
        self.assertIs(is_following(archived, self.rival), False)
        self.assertIs(is_following(blocked, self.rival), False)
        rows = EdgeRow.objects.filter(from_object_id=str(archived.pk))
        self.assertEqual(rows.count(), before)
        self.assert_true_counts()

    def test_following_many_by_text_keys(self) -> None:
        names = [f'{number} "\\é\u2028%s' for number in range(MANY)]
        nicks = Nick.objects.bulk_create(Nick(name=name) for name in names)
        edges = follow_many((nick, self.club) for nick in nicks)
        self.assertEqual(len(edges), MANY)
        self.assertIs(is_following(nicks[-1], self.club), True)
        self.assertEqual(get_followers_count(self.club, Nick), MANY)
        self.assert_true_counts()

    def test_an_error_amid_following_many(self) -> None:
        before = EdgeRow.objects.count()
        edges = [
            Edge("follow", registry.ref(each), registry.ref(self.rival), now())
            for each in self.people
        ]
        if connection.vendor == "sqlite":
            with (
                mock.patch.object(counting, "changes", side_effect=ValueError),
                self.assertRaises(ValueError),
            ):
                get_backend().ask(Add(edges))
        self.assertEqual(EdgeRow.objects.count(), before)
        self.assert_triggers_count()
        self.assertEqual(len(get_backend().ask(Add(edges))), MANY - 500)
        self.assert_true_counts()

    def test_deletion_of_a_celebrity(self) -> None:
        archive(self.people[3])
        block(self.star, self.people[4])
        block(self.people[6], self.star)
        unfollow(self.people[7], self.star)
        key = str(self.star.pk)
        self.star.delete()
        self.assertEqual(self.edges_of(key), 0)
        self.assertEqual(get_followers_count(self.rival), 499)
        self.assertEqual(get_followings_count(self.people[0]), 2)
        self.assert_triggers_count()

    def test_the_queries_of_forgetting_a_celebrity(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            get_backend().ask(Forget([registry.ref(self.star)], report=False))
        texts = [query["sql"] for query in queries]
        edges = [text for text in texts if "sequere_" in text]
        if connection.vendor == "sqlite":
            self.assertEqual(len(edges), 10)
        elif connection.vendor == "postgresql":
            self.assertLessEqual(len(edges), 3)

    def test_deletion_of_celebrities_that_follow_each_other(self) -> None:
        follow(self.rival, self.star)
        keys = str(self.star.pk), str(self.rival.pk)
        Person.objects.filter(pk__in=keys).delete()
        self.assertEqual([self.edges_of(key) for key in keys], [0, 0])
        self.assertEqual(get_followings_count(self.people[0]), 1)
        follow(self.people[0], self.people[1])
        self.assert_true_counts()

    def test_rollback(self) -> None:
        before = EdgeRow.objects.count()
        with transaction.atomic():
            Person.objects.filter(pk=self.star.pk).delete()
            follow_many((person, self.rival) for person in self.people)
            self.assert_true_counts()
            transaction.set_rollback(True)
        self.assertEqual(EdgeRow.objects.count(), before)
        self.assert_triggers_count()

    def test_rollback_to_a_savepoint(self) -> None:
        before = EdgeRow.objects.count()
        with transaction.atomic():
            with transaction.atomic():
                Person.objects.filter(pk=self.star.pk).delete()
                transaction.set_rollback(True)
            self.assertIs(follow(self.rival, self.club), True)
        self.assertEqual(EdgeRow.objects.count(), before + 1)
        self.assert_triggers_count()

    def test_an_error_on_the_way(self) -> None:
        """The last statement of a deletion fails; the caller's transaction goes on."""
        before = EdgeRow.objects.count()
        with transaction.atomic():
            with (
                mock.patch.object(counting, "rest_of", side_effect=ValueError),
                self.assertRaises(ValueError),
            ):
                get_backend().ask(Forget([registry.ref(self.star)]))
            self.assertIs(follow(self.rival, self.club), True)
        self.assertEqual(EdgeRow.objects.count(), before + 1)
        self.assert_triggers_count()

    def test_a_reader_in_the_same_connection(self) -> None:
        rows = Person.objects.order_by("pk").iterator(chunk_size=10)
        next(rows)
        follow_many((person, self.rival) for person in self.people)
        Person.objects.filter(pk=self.star.pk).delete()
        self.assertGreater(len(list(rows)), MANY - 1)
        self.assert_triggers_count()
