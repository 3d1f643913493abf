"""A write inside atomic(), and one that waits for the commit."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from sequere.api import (
    follow,
    is_following,
    unfollow,
)
from sequere.signals import followed
from sequere.testing.models import Club
from tests.backends.redis.cases import (
    RedisCase,
)


class TransactionTests(RedisCase):
    """Without `on_commit`: a write is final at once."""

    def test_a_rollback_changes_nothing(self) -> None:
        with self.assertRaises(RuntimeError), transaction.atomic():
            follow(self.user, self.club)
            self.assertIs(is_following(self.user, self.club), True)
            raise RuntimeError
        self.assertIs(is_following(self.user, self.club), True)


class OnCommitTests(RedisCase):
    options = {"on_commit": "default"}

    def test_a_rollback_drops_the_write(self) -> None:
        other = Club.objects.create()
        self.assertIs(follow(self.user, other), True)
        with self.assertRaises(RuntimeError), transaction.atomic():
            self.assertIs(follow(self.user, self.club), True)
            self.assertIs(unfollow(self.user, other), True)
            raise RuntimeError
        self.assertIs(is_following(self.user, self.club), False)
        self.assertIs(is_following(self.user, other), True)

    def test_the_commit_writes(self) -> None:
        heard: list[Any] = []

        def hear(edge: Any, **kwargs: Any) -> None:
            heard.append(edge)

        followed.connect(hear)
        self.addCleanup(followed.disconnect, hear)
        with transaction.atomic():
            self.assertIs(follow(self.user, self.club), True)
            # It cannot be seen before.
            self.assertIs(is_following(self.user, self.club), False)
            self.assertEqual(heard, [])
        self.assertIs(is_following(self.user, self.club), True)
        self.assertEqual(len(heard), 1)
        with transaction.atomic():
            self.assertIs(follow(self.user, self.club), False)
            self.assertIs(unfollow(self.user, self.club), True)
        self.assertIs(is_following(self.user, self.club), False)

    def test_the_last_write_of_a_pair_is_what_stays(self) -> None:
        other = Club.objects.create()
        follow(self.user, other)
        with transaction.atomic():
            follow(self.user, self.club)
            unfollow(self.user, self.club)
            unfollow(self.user, other)
            follow(self.user, other)
        self.assertIs(is_following(self.user, self.club), False)
        self.assertIs(is_following(self.user, other), True)
