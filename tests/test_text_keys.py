"""Text keys that the database finds in another spelling than that of the row."""

from __future__ import annotations

from django.db import connection
from django.test import TestCase

from sequere.api import (
    follow,
    follow_many,
    get_followers,
    get_followers_count,
    is_following,
    unfollow_many,
)
from sequere.managers import FollowQuerySet
from sequere.registration import Resource, registry
from sequere.testing.models import Club
from sequere.types import Ref
from tests.testapp.models import Handle


class SpellingTests(TestCase):
    def setUp(self) -> None:
        if connection.vendor == "postgresql":
            self.ignore_case()
        self.joe, self.club = Handle.objects.create(name="Joe"), Club.objects.create()
        self.other = Ref("handle", "joe")

    def ignore_case(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_collation WHERE collprovider = 'i' LIMIT 2"
            )
            if len(cursor.fetchall()) < 2:
                self.skipTest("this PostgreSQL was built without ICU")
            cursor.execute(
                "CREATE COLLATION caseless "
                "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
            )
            table, column = Handle._meta.db_table, "varchar(50) COLLATE caseless"
            # Django adds no such index to a field with a collation of its own.
            cursor.execute(
                "SELECT indexname FROM pg_indexes "
                f"WHERE tablename = '{table}' AND indexdef LIKE '%pattern_ops%'"
            )
            for (index,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {index}")
            cursor.execute(f"ALTER TABLE {table} ALTER name TYPE {column}")

    def test_another_spelling_is_nobody(self) -> None:
        another = Handle.objects.create(name="Jane")
        self.assertIs(follow(self.club, self.other), False)
        self.assertIs(follow(self.other, self.club), False)
        pairs: list[tuple[Resource, Resource]] = [
            (self.other, another),
            (another, self.other),
            (self.other, self.club),
        ]
        self.assertEqual(follow_many(pairs), [])
        self.assertIs(follow(another, self.joe), True)
        self.assertEqual(unfollow_many([(another, self.other)]), [])
        self.assertEqual(len(unfollow_many([(another, self.joe)])), 1)
        follow(self.club, self.joe)
        self.assertIs(is_following(self.club, self.other), False)
        self.assertEqual(get_followers(self.other), [])
        self.assertEqual(get_followers_count(self.joe), 1)

    def test_the_row_knows_its_spelling(self) -> None:
        found = Handle.objects.get(pk="joe")
        self.assertEqual(registry.ref(found), Ref("handle", "Joe"))
        with self.assertNumQueries(1):
            [(ref, instance)] = registry.resolve([self.other]).items()
        self.assertEqual((ref, instance), (Ref("handle", "Joe"), self.joe))
        self.assertIs(follow(self.club, ref), True)
        handles: FollowQuerySet[Handle] = FollowQuerySet(Handle)
        self.assertEqual(list(handles.followed_by(self.club)), [self.joe])
        found.delete()
        self.assertEqual(get_followers_count(self.club), 0)
        self.assertIs(is_following(self.club, ref), False)
