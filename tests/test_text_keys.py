"""Keys that the database finds in another spelling than that of the row."""

from __future__ import annotations

from django.db import connection
from django.test import TestCase

from sequere.api import follow, get_followers, get_followers_count, is_following
from sequere.managers import FollowQuerySet
from sequere.registration import registry
from sequere.testing.models import Club
from sequere.types import Ref
from tests.testapp.models import Handle


class SpellingTests(TestCase):
    def setUp(self) -> None:
        if connection.vendor == "postgresql":
            self.skipTest("its own collations tell upper from lower case")
        self.joe, self.club = Handle.objects.create(name="Joe"), Club.objects.create()
        self.other = Ref("handle", "joe")

    def test_another_spelling_is_nobody(self) -> None:
        self.assertIs(follow(self.club, self.other), False)
        self.assertIs(follow(self.other, self.club), False)
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
