"""The promises of SQL for querysets: their plans, their databases and their keys."""

from __future__ import annotations

import copy
import pickle
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection
from django.db.models import Case, Count, Exists, OuterRef, Q, Sum, Value, When
from django.test import TestCase, TransactionTestCase, override_settings

from sequere.api import follow, follow_many
from sequere.exceptions import InvalidBackend, NotSupported
from sequere.handler import get_backend
from sequere.managers import FollowManager, FollowQuerySet
from sequere.models import EdgeRow
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.base import NOON
from sequere.testing.models import Club, Label, Nick, Person, Place
from sequere.types import Ref
from tests.backends.test_simple import OTHER
from tests.testapp.models import Prefixed, User

if TYPE_CHECKING:
    from typing import assert_type

    assert_type(Person.objects, FollowManager[Person])
    assert_type(Person.objects.followed_by(Ref("a", "b")), FollowQuerySet[Person])
    assert_type(Person.objects.with_followers_count()[0], Person)

ROWS = 15_000
# These texts are not the text of any integer or UUID, although 8 and EIGHT exist.
EIGHT = uuid.UUID(int=8)
GARBAGE = [
    "",
    "eight",
    "8x",
    "08",
    "+8",
    " 8",
    "8.0",
    "-",
    "--8",
    "8-",
    "1-8",
    "-08",
    "-0",
    "00",
    "8\n",
    "1e1",
    "0x8",
    "٨",
    "9" * 19,
    "9" * 30,
    "9223372036854775808",
    EIGHT.hex,
    f"{{{EIGHT}}}",
    f"{EIGHT}0",
    f"{EIGHT}\n",
    "-" * 36,
]


class PlanTests(TransactionTestCase):
    def setUp(self) -> None:
        if connection.vendor not in ("postgresql", "sqlite"):
            self.skipTest("plans are read on PostgreSQL and SQLite")
        self.user, self.star, *self.people = Person.objects.bulk_create(
            [Person(name="x") for _ in range(ROWS)]
        )
        self.rows: dict[Any, list[Any]] = {
            Person: self.people,
            Place: Place.objects.bulk_create([Place() for _ in range(ROWS)]),
            Label: Label.objects.bulk_create(
                [Label(name=f"label {number}") for number in range(ROWS)]
            ),
            Nick: Nick.objects.bulk_create(
                [Nick(name=f"nick {number}") for number in range(ROWS)]
            ),
        }
        for rows in self.rows.values():
            follow_many((self.user, row) for row in rows[:20])
            follow_many((row, self.user) for row in rows[10:30])
            follow_many((row, self.star) for row in rows)
        follow_many((self.star, person) for person in self.people[:20])
        self.addCleanup(call_command, "flush", verbosity=0, interactive=False)

    def test_plans(self) -> None:
        self.prepare("ANALYZE")
        self.check_plans()

    def test_plans_after_a_vacuum(self) -> None:
        """autovacuum may do the same at any time: rows are then read from an index."""
        if connection.vendor != "postgresql":
            self.skipTest("only PostgreSQL has VACUUM for a table")
        self.prepare("VACUUM ANALYZE")
        self.check_plans()

    def prepare(self, statement: str) -> None:
        tables = [model._meta.db_table for model in self.rows]
        with connection.cursor() as cursor:
            for table in (*tables, "sequere_edge", "sequere_count"):
                cursor.execute(f"{statement} {table}")

    def check_plans(self) -> None:
        for model in self.rows:
            table = model._meta.db_table
            with self.subTest(table):
                self.check_lists(model, table)
                self.check_annotations(model)
        if connection.vendor == "postgresql":
            self.check_two_lists()

    def check_lists(self, model: Any, table: str) -> None:
        """The plan begins at the edges of one resource, and looks up each row by its
        key.
        """
        for rows, indexes in (
            (model.objects.followed_by(self.user), "once|followings"),
            (model.objects.followers_of(self.user), "followers"),
        ):
            self.assertEqual(len(rows), 20)
            plan = rows.explain()
            if connection.vendor == "sqlite":
                self.assertNotIn("SCAN", plan)
                self.assertRegex(plan, f"SEARCH {table} USING .*=\\?")
                self.assertRegex(plan, f"INDEX sequere_edge_({indexes}) ")
                continue
            self.assertNotIn("Seq Scan", plan)
            # The outer side of a loop comes first. A text key has two indexes.
            self.assertRegex(
                plan,
                f"(?s)Nested Loop.* sequere_edge_({indexes})\\b.*"
                f"using {table}_(pkey|name_\\w+_like)\\b.*\n *Index Cond: ",
            )

    def check_annotations(self, model: Any) -> None:
        """The plan looks up each row of a page, even if all follow the viewer."""
        page = model.objects.order_by("pk").with_follow_state(self.star)[:20]
        self.assertIn(True, {row.follows_viewer for row in page})
        plan = page.explain()
        self.assertEqual(plan.count("sequere_edge_once"), 9, plan)
        self.assertNotIn("sequere_edge_follow", plan)
        self.assertNotIn("Seq Scan", plan)
        plan = model.objects.order_by("pk").with_followers_count()[:20].explain()
        self.assertEqual(plan.count("sequere_count_key"), 1)
        self.assertNotIn("Seq Scan", plan)

    def check_two_lists(self) -> None:
        """The plan reads one list, and looks up each of its rows in the other list."""
        friends = Person.objects.followed_by(self.star).followers_of(self.star)
        self.assertEqual(len(friends), 20)
        plan = friends.explain()
        another_row = r"\(+\w+\.\w+\)"
        self.assertRegex(
            plan, rf"using sequere_edge_once .*\n.*from_object_id = {another_row}"
        )
        self.assertNotIn("sequere_edge_followers", plan)
        self.assertNotIn("Seq Scan", plan)


class KeyTests(TestCase):
    def test_edges_of_a_model_that_had_another_key(self) -> None:
        person = Person.objects.create(pk=8, name="eight")
        place = Place.objects.create(pk=EIGHT)
        club = Club.objects.create()
        for resource in (person, place):
            self.store_garbage(registry.ref(resource).identifier, club)
            rows: Any = type(resource).objects
            for found in (rows.followed_by(club), rows.followers_of(club)):
                self.assertEqual(list(found), [])
            self.assertIs(rows.with_follow_state(club).get().is_friend, False)
            self.assertEqual(rows.followed_by(club).update(id=resource.pk), 0)
            follow_many([(club, resource), (resource, club)])
            for found in (rows.followed_by(club), rows.followers_of(club)):
                self.assertEqual(list(found), [resource])
            self.assertIs(rows.with_follow_state(club).get().is_friend, True)
            self.assertEqual(rows.followed_by(club).update(id=resource.pk), 1)
            self.assertEqual(rows.followers_of(club).delete()[0], 1)

    def store_garbage(self, identifier: str, club: Club) -> None:
        ref = registry.ref(club)
        for object_id in GARBAGE:
            for source, target in (
                (ref, Ref(identifier, object_id)),
                (Ref(identifier, object_id), ref),
            ):
                EdgeRow.objects.create(
                    relation=FOLLOW.name,
                    from_identifier=source.identifier,
                    from_object_id=source.object_id,
                    to_identifier=target.identifier,
                    to_object_id=target.object_id,
                    created=NOON,
                )

    def test_a_key_that_is_not_the_same_in_python_and_in_sql(self) -> None:
        club = Club.objects.create()
        rows: FollowQuerySet[Prefixed] = FollowQuerySet(Prefixed)
        for call in (
            partial(rows.followed_by, club),
            partial(rows.with_follow_state, club),
            rows.with_followers_count,
            rows.order_by_followers,
        ):
            with self.assertRaises(NotSupported) as caught:
                call()
            self.assertIn("testapp.Prefixed is a PrefixedField", str(caught.exception))
            self.assertIn("get_followings()", str(caught.exception))
        self.addCleanup(get_backend("memory").clear)
        thing = Prefixed.objects.create(id="h5")
        follow(club, thing, using="memory")
        self.assertEqual(list(rows.followed_by(club, using="memory")), [thing])

    def test_models_of_others(self) -> None:
        user, other = User.objects.create(), User.objects.create()
        club = Club.objects.create()
        follow(user, club)
        users: FollowQuerySet[User] = FollowQuerySet(User)
        self.assertEqual(list(users.followers_of(club)), [user])
        self.assertEqual(list(users.order_by_followers()), [user, other])

    def test_who_is_not_logged_in(self) -> None:
        Club.objects.create()
        anonymous: Any = AnonymousUser()
        clubs: Any = Club.objects.with_follow_state(anonymous)
        self.assertIs(clubs.get().is_followed, False)

    def test_managers_of_related_objects(self) -> None:
        owner, follower = Person.objects.create(), Person.objects.create()
        clubs = [Club.objects.create(owner=owner) for _ in range(3)]
        clubs.append(Club.objects.create())
        follow_many((follower, club) for club in clubs[1:])
        with self.assertNumQueries(1):
            found = set(owner.club_set.followed_by(follower))
        self.assertEqual(found, set(clubs[1:3]))

    def test_migrations_do_not_name_the_manager(self) -> None:
        self.assertIs(Person.objects.use_in_migrations, False)


class CombinationTests(TestCase):
    """Rows that are filtered or annotated are querysets as any others are."""

    def setUp(self) -> None:
        people = [Person.objects.create(name=str(number)) for number in range(9)]
        self.me, *_ = people
        follow_many((self.me, person) for person in people[1:5])
        follow_many((person, self.me) for person in people[3:8])
        self.everyone = {person.pk for person in people}
        self.followed = {person.pk for person in people[1:5]}
        self.followers = {person.pk for person in people[3:8]}
        self.among: Any = Person.objects.followed_by(self.me)
        self.others: Any = Person.objects.followers_of(self.me)
        self.stated: Any = Person.objects.with_follow_state(self.me)
        self.counted: Any = Person.objects.with_followers_count()

    def assert_rows(self, rows: Any, keys: set[int]) -> None:
        self.assertEqual(sorted(row.pk for row in rows), sorted(keys))

    def test_lists_are_combined(self) -> None:
        both = self.followed & self.followers
        either = self.followed | self.followers
        self.assert_rows(self.among & self.others, both)
        self.assert_rows(self.among | self.others, either)
        self.assert_rows(self.among.followers_of(self.me), both)
        self.assert_rows(self.among.union(self.others), either)
        self.assert_rows(self.among.intersection(self.others), both)
        rest = Person.objects.exclude(pk__in=self.among)
        self.assert_rows(rest, self.everyone - self.followed)
        within = Person.objects.filter(Exists(self.among.filter(pk=OuterRef("pk"))))
        self.assert_rows(within, self.followed)

    def test_annotations_filter_and_sort(self) -> None:
        is_followed = Q(is_followed=True)
        self.assert_rows(self.stated.filter(is_followed), self.followed)
        rest = self.everyone - self.followed
        self.assert_rows(self.stated.exclude(is_followed), rest)
        self.assert_rows(self.stated.filter(~is_followed), rest)
        either = self.stated.filter(is_followed | Q(follows_viewer=True))
        self.assert_rows(either, self.followed | self.followers)
        ordered = self.stated.order_by("-is_followed", "pk")
        self.assert_rows(ordered[:4], self.followed)
        case = Case(When(is_followed, then=Value(1)), default=Value(0))
        self.assert_rows(self.stated.annotate(n=case).filter(n=1), self.followed)
        self.assert_rows(
            self.counted.filter(followers_count__gt=0), {*self.followed, self.me.pk}
        )

    def test_annotations_are_aggregated(self) -> None:
        groups = self.stated.values_list("is_followed").annotate(n=Count("pk"))
        self.assertEqual(dict(groups.order_by()), {True: 4, False: 5})
        some = Count("pk", filter=Q(is_followed=True))
        self.assertEqual(self.stated.aggregate(n=some), {"n": 4})
        total = self.counted.aggregate(n=Sum("followers_count"))
        self.assertEqual(total, {"n": 9})
        self.assertEqual(self.stated.values("is_followed").distinct().count(), 2)

    def test_querysets_are_copied(self) -> None:
        followed = self.stated.filter(is_followed=True)
        self.assert_rows(pickle.loads(pickle.dumps(followed)), self.followed)
        self.assert_rows(copy.deepcopy(self.among), self.followed)
        again = Person.objects.all()
        again.query = pickle.loads(pickle.dumps(self.others.query))
        self.assert_rows(again, self.followers)
        one, other = (
            Person.objects.with_follow_state(each).query.annotations["is_followed"]
            for each in (self.me, registry.ref(self.me))
        )
        self.assertEqual({one, other}, {one})

    def test_rows_are_written(self) -> None:
        self.assertEqual(self.among.update(name="followed"), 4)
        self.assert_rows(Person.objects.filter(name="followed"), self.followed)
        locked = Person.objects.select_for_update().followed_by(self.me)
        self.assert_rows(locked, self.followed)
        self.others.delete()
        self.assert_rows(Person.objects.all(), self.everyone - self.followers)


class DatabaseTests(TransactionTestCase):
    databases = {"default", "other"}

    @override_settings(SEQUERE_BACKENDS=OTHER)
    def test_edges_in_another_database(self) -> None:
        person, club = Person.objects.create(name="x"), Club.objects.create()
        follow(person, club)
        with self.assertNumQueries(1, using="default"):
            self.assertEqual(list(Club.objects.followed_by(person)), [club])
        for call in (
            Club.objects.with_followers_count,
            Club.objects.order_by_followers,
            partial(Club.objects.with_follow_state, person),
        ):
            with self.assertRaises(NotSupported) as caught:
                call()
            self.assertIn("'default', SimpleBackend,", str(caught.exception))
            self.assertIn("another database", str(caught.exception))

    @override_settings(SEQUERE_BACKENDS=OTHER)
    def test_rows_and_edges_in_another_database(self) -> None:
        person, club = Person.objects.create(name="x"), Club.objects.create()
        follow(person, club)
        Club.objects.using("other").create(pk=club.pk)
        clubs: Any = Club.objects.using("other").with_followers_count()
        with self.assertNumQueries(0), self.assertNumQueries(1, using="other"):
            self.assertEqual(clubs.followed_by(person).get().followers_count, 1)

    def test_an_engine_that_is_not_known(self) -> None:
        club = Club.objects.create()
        with (
            mock.patch.object(connection, "vendor", "oracle"),
            self.assertRaises(InvalidBackend),
        ):
            Club.objects.followed_by(club)
