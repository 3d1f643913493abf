"""The promises of the SQL backend alone: its queries, its databases, its triggers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.checks import run_checks
from django.db import connection, connections, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext

from sequere.api import (
    follow,
    follow_many,
    follow_states,
    followers_among,
    followings_among,
    friends_among,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings,
    get_followings_count,
    is_following,
    unfollow,
    unfollow_many,
)
from sequere.backends.simple import triggers
from sequere.backends.simple.engines import dialect_for
from sequere.exceptions import InvalidBackend, InvalidEdge
from sequere.models import CountRow, EdgeRow
from sequere.states import with_follow_state
from sequere.testing.models import Club, Label, Nick, Person
from sequere.types import Ref
from tests.settings import ENGINE
from tests.testapp.models import Elsewhere, Prefixed

OTHER = {
    "default": {
        "BACKEND": "sequere.backends.simple.SimpleBackend",
        "OPTIONS": {"database": "other"},
    }
}
# The verb takes one query, and makes and releases a savepoint. On MariaDB, further
# queries lock rows, find the rows of counts and change them, in one more savepoint.
QUERIES_OF_MANY = 10 if ENGINE == "mariadb" else 3


class ToOther:
    """A router that keeps the edges, and one model, in the database `other`."""

    def _of(self, model: Any) -> str | None:
        return "other" if model in (EdgeRow, CountRow, Elsewhere) else None

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return self._of(model)

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self._of(model)


class Counting:
    """A router that counts how often it is asked for the database of edges."""

    asked: ClassVar[list[str]] = []

    def db_for_read(self, model: Any, **hints: Any) -> None:
        self.asked.extend(["read"] * (model is EdgeRow))

    def db_for_write(self, model: Any, **hints: Any) -> None:
        self.asked.extend(["write"] * (model is EdgeRow))


@override_settings(DATABASE_ROUTERS=["tests.backends.test_simple.Counting"])
class RouterTests(TestCase):
    def test_a_call_asks_the_routers_once(self) -> None:
        person, club = Person.objects.create(name="p"), Club.objects.create()
        calls: list[tuple[Callable[..., Any], list[Any], str]] = [
            (follow, [person, club], "write"),
            (is_following, [person, club], "read"),
            (get_followers_count, [club], "read"),
            (unfollow, [person, club], "write"),
        ]
        for call, resources, kind in calls:
            Counting.asked.clear()
            call(*resources)
            self.assertEqual(Counting.asked, [kind])


class QueryTests(TestCase):
    club: ClassVar[Club]
    people: ClassVar[list[Person]]
    labels: ClassVar[list[Label]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.club = Club.objects.create()
        cls.people = [Person.objects.create(name=f"p{n}") for n in range(30)]
        cls.labels = [Label.objects.create(name=f"l{n}") for n in range(30)]
        follow_many((person, cls.club) for person in cls.people[:25])
        follow_many((label, cls.club) for label in cls.labels[:25])

    def test_one_query_a_verb(self) -> None:
        person, club = self.people[29], self.club
        for verb in (follow, is_following, unfollow):
            with self.assertNumQueries(1):
                verb(person, club)
        for count in (get_followers_count, get_followings_count):
            with self.assertNumQueries(1):
                count(club)

    def test_a_page_is_one_query_and_one_a_type(self) -> None:
        followers = get_followers(self.club)
        with self.assertNumQueries(3):
            page = followers.page(40)
        with self.assertNumQueries(2):
            followers.page(5, after=page.next)
        with self.assertNumQueries(3):
            followers[:30]
        with self.assertNumQueries(2):
            get_followers(self.club, Person)[:10]
        with self.assertNumQueries(2):
            bool(followers)
        with self.assertNumQueries(1):
            self.assertIn(self.people[0], followers)
        with self.assertNumQueries(1):
            followers.refs().page(40)

    def test_many_ghosts_in_a_row_are_few_queries(self) -> None:
        Person.objects.exclude(pk=self.people[0].pk)._raw_delete("default")
        Label.objects.all()._raw_delete("default")
        with self.assertNumQueries(5):  # one edge, then a chunk with two types
            self.assertEqual(get_followers(self.club)[0][0], self.people[0])

    def test_fifty_at_once_are_one_query(self) -> None:
        mixed = [*self.people, *self.labels]
        for among in (followings_among, followers_among):
            with self.assertNumQueries(1):
                among(self.club, mixed)
        with self.assertNumQueries(1):
            get_followers_counts([*mixed, self.club])
        with self.assertNumQueries(0):
            followings_among(self.club, [])

    def test_states_of_a_thousand_are_one_query(self) -> None:
        others: list[Any] = [Ref("testing.person", str(n)) for n in range(1000)]
        for verb in (follow_states, friends_among):
            with self.assertNumQueries(1):
                verb(self.club, [*others, *self.labels])
            with self.assertNumQueries(0):
                verb(self.club, [])

    def test_a_decorated_list_is_two_queries(self) -> None:
        mixed: list[Any] = [*self.people, *self.labels, *self.people]
        for viewer, queries in ((self.club, 2), (None, 1), (AnonymousUser(), 1)):
            with self.assertNumQueries(0):
                people = with_follow_state(viewer, mixed)
            with self.assertNumQueries(queries):
                self.assertEqual(len(people), 90)
            with self.assertNumQueries(0):
                self.assertEqual({it.followers_count for it in people}, {0})
            with self.assertNumQueries(0):
                self.assertEqual(list(with_follow_state(viewer, [])), [])
        with self.assertNumQueries(5):  # the list has two types
            followers = get_followers(self.club)[:40]
            self.assertEqual(len(with_follow_state(self.club, followers)), 40)
        with self.assertNumQueries(3):  # one of them is that of the queryset
            list(with_follow_state(self.club, Person.objects.all()))

    def test_unfollowing_many_is_one_query(self) -> None:
        """On SQLite, one more query asks for the plan."""
        queries = {"mariadb": 8, "postgresql": 3}.get(ENGINE, 4)
        with self.assertNumQueries(queries):
            gone = unfollow_many((person, self.club) for person in self.people)
        self.assertEqual(len(gone), 25)
        self.assertEqual(get_followers_count(self.club), 25)

    def test_many_follows_are_one_query_a_pair_of_types(self) -> None:
        club = Club.objects.create()
        with self.assertNumQueries(QUERIES_OF_MANY):
            self.assertEqual(len(follow_many((p, club) for p in self.people)), 30)

    def test_types_are_written_in_one_order(self) -> None:
        club = Club.objects.create()
        with CaptureQueriesContext(connection) as queries:
            follow_many([(self.people[0], club), (self.labels[0], club)])
        inserts = [q["sql"] for q in queries if "INSERT" in q["sql"]]
        self.assertEqual(["testing.label" in sql for sql in inserts], [True, False])

    def test_a_thousand_counts(self) -> None:
        people = Person.objects.bulk_create([Person(name="x") for _ in range(1000)])
        with self.assertNumQueries(1):
            counts = get_followers_counts(iter(people))
        self.assertEqual(set(counts.values()), {0})

    def test_signals_in_a_test_case(self) -> None:
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            follow(self.people[29], self.club)
        self.assertEqual(callbacks, [])  # no receiver listens


class FieldTests(TestCase):
    def test_a_key_that_is_not_the_same_in_python_and_in_sql(self) -> None:
        club, thing = Club.objects.create(), Prefixed.objects.create(id="h5")
        self.assertIs(follow(thing, club), True)
        self.assertEqual([each for each, _ in get_followers(club)], [thing])
        thing.delete()
        self.assertEqual(get_followers_count(club), 0)

    def test_a_key_that_is_too_long_to_follow_does_not_keep_a_row(self) -> None:
        if connection.vendor != "sqlite":
            self.skipTest("the engine holds a column to its length")
        club, nick = Club.objects.create(), Nick.objects.create(name="x" * 300)
        with pytest.raises(InvalidEdge, match="at most 255"):
            follow(nick, club)
        nick.delete()
        self.assertEqual(Nick.objects.count(), 0)


class TriggerTests(TransactionTestCase):
    def test_missing_triggers_are_an_error(self) -> None:
        self.assertEqual(run_checks(databases=["default"]), [])
        triggers.execute(connection, dialect_for(connection).drop_triggers[:1])
        try:
            [error] = run_checks(databases=["default"])
            self.assertEqual(error.id, "sequere.E003")
            self.assertIn("sequere_edge_added", error.msg)
            self.assertEqual(run_checks(), [])
        finally:
            triggers.create(None, mock.Mock(connection=connection, deferred_sql=[]))
        self.assertEqual(run_checks(databases=["default"]), [])


def test_an_engine_that_is_not_known() -> None:
    oracle = mock.Mock(vendor="oracle", display_name="Oracle", alias="default")
    with pytest.raises(InvalidBackend, match="'default' is Oracle"):
        dialect_for(oracle)


def test_a_migration_of_an_engine_that_is_not_known_goes_on() -> None:
    oracle = mock.Mock(vendor="oracle", display_name="Oracle", alias="default")
    triggers.create(None, mock.Mock(connection=oracle, deferred_sql=[]))
    oracle.cursor.assert_not_called()


@pytest.mark.django_db
def test_an_engine_that_is_not_known_is_a_check() -> None:
    with mock.patch.object(connections["default"], "vendor", "oracle"):
        [error] = run_checks(databases=["default"])
    assert error.id == "sequere.E002"


class DatabaseTests(TransactionTestCase):
    databases = {"default", "other"}

    def edges(self) -> tuple[int, int]:
        """Return the number of edges in each of the two databases."""
        return (
            EdgeRow.objects.using("default").count(),
            EdgeRow.objects.using("other").count(),
        )

    @override_settings(SEQUERE_BACKENDS=OTHER)
    def test_by_option(self) -> None:
        person, club = Person.objects.create(name="x"), Club.objects.create()
        self.assertIs(follow(person, club), True)
        self.assertEqual(self.edges(), (0, 1))
        self.assertEqual([each for each, _ in get_followings(person)], [club])
        with self.assertRaises(RuntimeError), transaction.atomic():
            person.delete()
            raise RuntimeError
        self.assertEqual(self.edges(), (0, 1))
        Person.objects.all().delete()
        self.assertEqual(self.edges(), (0, 0))

    @override_settings(
        SEQUERE_BACKENDS={},
        DATABASE_ROUTERS=["tests.backends.test_simple.ToOther"],
    )
    def test_by_router(self) -> None:
        person, other = Person.objects.create(name="x"), Elsewhere.objects.create()
        stale = Elsewhere.objects.get()
        self.assertIs(follow(person, other), True)
        self.assertEqual(self.edges(), (0, 1))
        self.assertEqual([each for each, _ in get_followings(person)], [other])
        other.delete()
        self.assertEqual(self.edges(), (0, 0))
        self.assertIs(follow(person, stale), False)
        self.assertEqual(self.edges(), (0, 0))

    def test_several_stores_at_once(self) -> None:
        person, club = Person.objects.create(name="x"), Club.objects.create()
        follow(person, club)
        follow(person, club, using="other")
        follow(person, club, using="memory")
        self.assertEqual(self.edges(), (1, 1))
        unfollow(person, club)
        self.assertIs(is_following(person, club, using="other"), True)
        self.assertEqual(get_followers_count(club, using="memory"), 1)
        person.delete()
        self.assertEqual(self.edges(), (0, 0))
        self.assertEqual(get_followers_count(club, using="memory"), 0)
