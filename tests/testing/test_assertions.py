from __future__ import annotations

import pytest
from django.test import TestCase

from sequere.api import follow
from sequere.exceptions import NotRegistered
from sequere.testing import FollowAssertions
from sequere.testing.models import Club, Person, Stranger


class AssertionTests(FollowAssertions, TestCase):
    def setUp(self) -> None:
        self.ann = Person.objects.create(name="ann")
        self.bob = Person.objects.create(name="bob")
        self.club = Club.objects.create()
        follow(self.ann, self.club)

    def test_follows(self) -> None:
        with self.assertNumQueries(1):
            self.assertFollows(self.ann, self.club)
        with pytest.raises(AssertionError, match=r"bob> does not follow <Club: club"):
            self.assertFollows(self.bob, self.club)

    def test_not_follows(self) -> None:
        with self.assertNumQueries(1):
            self.assertNotFollows(self.bob, self.club)
        with pytest.raises(AssertionError, match="ann> follows <Club: club"):
            self.assertNotFollows(self.ann, self.club)

    def test_direction(self) -> None:
        self.assertNotFollows(self.club, self.ann)

    def test_followers(self) -> None:
        follow(self.bob, self.club)
        self.assertFollowers(self.club, [self.ann, self.bob])
        self.assertFollowers(self.club, iter([self.bob, self.ann]))
        for wrong in ([], [self.ann], [self.ann, self.bob, self.club]):
            with pytest.raises(AssertionError):
                self.assertFollowers(self.club, wrong)

    def test_followings(self) -> None:
        self.assertFollowings(self.ann, [self.club])
        self.assertFollowings(self.club, [])
        with pytest.raises(AssertionError, match="Club: club"):
            self.assertFollowings(self.ann, [])

    def test_another_backend(self) -> None:
        follow(self.bob, self.club, using="memory")
        self.addCleanup(self._clear)
        self.assertFollows(self.bob, self.club, using="memory")
        self.assertFollowers(self.club, [self.bob], using="memory")
        self.assertFollowings(self.bob, [self.club], using="memory")
        self.assertNotFollows(self.ann, self.club, using="memory")

    def _clear(self) -> None:
        from sequere.handler import get_backend

        get_backend("memory").clear()

    def test_objects_that_cannot_follow(self) -> None:
        with pytest.raises(NotRegistered):
            self.assertNotFollows(Stranger.objects.create(), self.club)
