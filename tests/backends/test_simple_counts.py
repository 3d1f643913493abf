"""The database keeps counts, while many writers change them."""

from __future__ import annotations

import io
from unittest import mock

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase
from django.utils import timezone

from sequere.api import (
    follow,
    follow_many,
    get_followers,
    get_followers_count,
    get_followings_count,
    remove_edges,
    unfollow,
)
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.store import Engine
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.questions import Add
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.models import Club, Person
from sequere.types import Edge
from tests.settings import ENGINE

OTHER = {
    "default": {
        "BACKEND": "sequere.backends.simple.SimpleBackend",
        "OPTIONS": {"database": "other"},
    }
}
# The verb takes one query, and makes and releases a savepoint. On MariaDB, further
# queries lock rows, find the rows of counts and change them, in one more savepoint.
QUERIES_OF_MANY = 10 if ENGINE == "mariadb" else 3


class CountTests(TransactionTestCase):
    def setUp(self) -> None:
        self.club = Club.objects.create()
        self.people = [Person.objects.create(name=f"p{n}") for n in range(4)]
        follow_many((person, self.club) for person in self.people)

    def count_rows(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM sequere_count")
            return int(cursor.fetchone()[0])

    def test_the_database_counts_what_others_write(self) -> None:
        EdgeRow.objects.filter(from_object_id=str(self.people[0].pk)).delete()
        self.assertEqual(get_followers_count(self.club), 3)
        row = EdgeRow.objects.get(from_object_id=str(self.people[1].pk))
        row.delete()
        self.assertEqual(get_followers_count(self.club), 2)
        row.pk = None
        row.save()
        self.assertEqual(get_followers_count(self.club), 3)
        self.assertEqual(EdgeRow.objects.filter(created__lte=row.created).count(), 3)
        other = Club.objects.create()
        EdgeRow.objects.filter(pk=row.pk).update(to_object_id=str(other.pk))
        self.assertEqual(get_followers_count(self.club), 2)
        self.assertEqual(get_followers_count(other), 1)
        self.assertEqual(get_followings_count(self.people[1]), 1)

    def test_no_row_is_kept_for_nothing(self) -> None:
        self.assertEqual(self.count_rows(), 5)
        for person in self.people:
            unfollow(person, self.club)
        self.assertEqual(self.count_rows(), 0)

    def test_fixtures_hold_edges_and_no_counts(self) -> None:
        fixture, before = io.StringIO(), list(get_followers(self.club))
        call_command("dumpdata", "sequere", stdout=fixture)
        self.assertEqual(fixture.getvalue().count('"sequere.edgerow"'), 4)
        self.assertNotIn("countrow", fixture.getvalue())
        get_backend().clear()
        for row in serializers.deserialize("json", fixture.getvalue()):
            row.save()
        self.assertEqual(get_followers_count(self.club), 4)
        self.assertEqual(get_followers(self.club), before)

    def test_flush_leaves_no_counts(self) -> None:
        call_command("flush", interactive=False, verbosity=0)
        self.assertEqual(self.count_rows(), 0)
        club, person = Club.objects.create(), Person.objects.create(name="new")
        follow(person, club)
        self.assertEqual(get_followers_count(club), 1)

    def test_edges_of_what_is_not_registered_can_be_removed(self) -> None:
        EdgeRow.objects.update(from_identifier="former")
        edges = [row.edge for row in EdgeRow.objects.all()]
        self.assertEqual(str(edges[0]), str(EdgeRow.objects.first()))
        self.assertEqual(remove_edges(edges[:3]), edges[:3])
        self.assertEqual([row.edge for row in EdgeRow.objects.all()], edges[3:])

    def test_a_deadlock_is_tried_again_outside_of_transactions(self) -> None:
        engine = Engine(connection, dialect_for(connection))
        attempts = iter([OperationalError(1213, "Deadlock"), None])

        def work() -> str:
            if error := next(attempts):
                raise error
            return "done"

        dialect = type(dialect_for(connection))
        with mock.patch.object(dialect, "is_deadlock", return_value=True):
            self.assertEqual(engine.retry(work), "done")
            attempts = iter([OperationalError(1213, "Deadlock"), None])
            with pytest.raises(OperationalError), transaction.atomic():
                engine.retry(work)
            attempts = iter([OperationalError(1213, "Deadlock"), None])
            transaction.set_autocommit(False)
            try:
                with pytest.raises(OperationalError):
                    engine.retry(work)
            finally:
                transaction.rollback()
                transaction.set_autocommit(True)
        attempts = iter([OperationalError("gone away"), None])
        with pytest.raises(OperationalError, match="gone away"):
            engine.retry(work)


class PlanTests(TransactionTestCase):
    """The statistics of an empty table must not decide how an import is counted."""

    def test_an_import_into_a_table_that_was_analysed_empty(self) -> None:
        if connection.vendor != "postgresql":
            self.skipTest("the engine keeps no plans of triggers")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE sequere_edge, sequere_count")
            cursor.execute("VACUUM ANALYZE sequere_edge")
            cursor.execute("VACUUM ANALYZE sequere_count")
        people = Person.objects.bulk_create(
            [Person(name="x") for _ in range(3000)], batch_size=1000
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_stat_reset_single_table_counters(%s::regclass)",
                ["sequere_count"],
            )
        backend = get_backend()
        for number in range(1, 12):
            backend.ask(
                Add(
                    [
                        Edge(
                            FOLLOW.name,
                            registry.ref(person),
                            registry.ref(people[number * 7]),
                            timezone.now(),
                        )
                        for person in people[number * 8 : number * 8 + 250]
                    ]
                )
            )
        self.assertLess(self.rows_read("seq_tup_read"), 20_000)

    def test_a_few_follows_after_an_import(self) -> None:
        """The connection keeps the plan that it made for the import."""
        if connection.vendor != "postgresql":
            self.skipTest("the engine keeps no plans of triggers")
        star, *people = Person.objects.bulk_create(
            [Person(name="x") for _ in range(3000)]
        )
        follow_many(zip(people, people[1:] + people[:1], strict=True))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE sequere_count")
        follow_many((person, star) for person in people[:2000])
        before = self.rows_read("seq_tup_read + idx_tup_fetch")
        follow(people[2500], star)
        follow_many((person, star) for person in people[2600:2602])
        unfollow(people[2500], star)
        after = self.rows_read("seq_tup_read + idx_tup_fetch")
        self.assertLess(after - before, 100)

    def rows_read(self, statistics: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(
                f"SELECT {statistics} FROM pg_stat_user_tables "
                "WHERE relname = 'sequere_count'"
            )
            return int(cursor.fetchone()[0])
