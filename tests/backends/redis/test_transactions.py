"""A write inside atomic() is stored at once, or waits for the commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import transaction

from sequere.api import (
    archive,
    follow,
    follow_many,
    get_followings,
    is_following,
    restore,
    unfollow,
)
from sequere.backends.redis.writes import Writes
from sequere.declaration import UNTIL
from sequere.exceptions import BackendUnavailable
from sequere.questions import Archive, Expire, Forget, Put, Restore, Scan
from sequere.relations import FOLLOW, MUTE
from sequere.signals import followed, unfollowed
from sequere.testing.models import Club
from sequere.times import now
from sequere.types import SOURCE_ARCHIVED, Edge, Pair
from tests.backends.redis.cases import RedisCase, at, own_server, ref


class TransactionTests(RedisCase):
    """Without `on_commit`, a write is final at once."""

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

    def test_a_failed_commit_does_not_silence_a_later_write(self) -> None:
        heard: list[Any] = []

        def hear(edge: Any, **kwargs: Any) -> None:
            heard.append(edge)

        followed.connect(hear)
        self.addCleanup(followed.disconnect, hear)

        def fail(*args: Any) -> Any:
            raise BackendUnavailable("no route")
            yield

        with (
            mock.patch.object(Writes, "remove", fail),
            self.assertLogs("sequere.backends.redis", "ERROR"),
            transaction.atomic(),
        ):
            self.assertIs(unfollow(self.user, self.club), False)
        self.assertIs(follow(self.user, self.club), True)
        self.assertEqual(len(heard), 1)

    def test_the_commit_writes(self) -> None:
        heard: list[Any] = []

        def hear(edge: Any, **kwargs: Any) -> None:
            heard.append(edge)

        followed.connect(hear)
        self.addCleanup(followed.disconnect, hear)
        with transaction.atomic():
            self.assertIs(follow(self.user, self.club), True)
            # The write cannot be seen before the commit.
            self.assertIs(is_following(self.user, self.club), False)
            self.assertEqual(heard, [])
        self.assertIs(is_following(self.user, self.club), True)
        self.assertEqual(len(heard), 1)
        with transaction.atomic():
            self.assertIs(follow(self.user, self.club), False)
            self.assertIs(unfollow(self.user, self.club), True)
        self.assertIs(is_following(self.user, self.club), False)

    def test_writes_are_done_in_the_order_of_their_calls(self) -> None:
        user, club, other = ref(self.user), ref(self.club), Club.objects.create()
        follow(self.user, self.club)
        with transaction.atomic():
            archived = self.store.ask(Archive(FOLLOW.name, user, report=True))
            # Reads do not see writes that wait for the commit.
            self.assertEqual([edge.state for edge in archived], [SOURCE_ARCHIVED])
            self.assertIs(is_following(self.user, self.club), True)
            restored = self.store.ask(Restore(FOLLOW.name, user, report=True))
            self.assertEqual(restored, [])
        self.assertIs(is_following(self.user, self.club), True)
        with transaction.atomic():
            follow(self.user, other)
            archive(self.user)
        self.assertIs(is_following(self.user, self.club), False)
        self.assertIs(is_following(self.user, other), False)
        with transaction.atomic():
            restore(self.user)
            unfollow(self.user, other)
        self.assertEqual(list(get_followings(self.user).instances()), [self.club])
        with transaction.atomic():
            gone = self.store.ask(Forget([club], report=True))
            self.assertEqual([edge[:3] for edge in gone], [(FOLLOW.name, user, club)])
            self.assertIs(follow(self.user, self.club), False)
            self.assertIs(is_following(self.user, self.club), True)
        # The follow came after the forget.
        self.assertIs(is_following(self.user, self.club), True)
        with transaction.atomic():
            self.store.ask(Forget([club]))
        self.assertEqual(self.store.ask(Scan()), ([], None))

    def test_what_has_ended_is_removed_at_the_commit(self) -> None:
        pair = Pair(ref(self.user), ref(self.club))
        moment = now()
        mute = Edge(MUTE.name, *pair, moment)
        end = mute._replace(relation=MUTE.name + UNTIL)
        self.store.ask(Put([mute, end]))
        question = Expire(MUTE.name, [pair], moment)
        with transaction.atomic():
            self.assertEqual(self.store.ask(question), [mute, end])
            self.assertEqual(set(self.store.ask(Scan())[0]), {mute, end})
        self.assertEqual(self.store.ask(Scan()), ([], None))
        self.store.ask(Put([mute, end]))
        later = end._replace(created=moment + timedelta(hours=1))
        with transaction.atomic():
            self.store.ask(Put([later]))
            self.assertEqual(self.store.ask(question), [mute, end])
        # At the commit, the end is renewed before it is looked at.
        self.assertEqual(set(self.store.ask(Scan())[0]), {mute, later})
        early = Expire(MUTE.name, [pair], moment - timedelta(seconds=1))
        with transaction.atomic():
            self.assertEqual(self.store.ask(early), [])

    def test_a_rollback_drops_every_write(self) -> None:
        follow(self.user, self.club)
        with self.assertRaises(RuntimeError), transaction.atomic():
            archive(self.user)
            self.store.ask(Forget([ref(self.user)]))
            raise RuntimeError
        self.assertIs(is_following(self.user, self.club), True)

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

    def test_a_server_that_is_gone_at_the_commit(self) -> None:
        """Other callbacks run; the error is logged, and no signal is sent."""
        heard: list[Any] = []
        called: list[str] = []

        def hear(**kwargs: Any) -> None:
            heard.append(kwargs)

        for signal in (followed, unfollowed):
            signal.connect(hear)
            self.addCleanup(signal.disconnect, hear)
        with self.assertLogs("sequere.backends.redis", "ERROR") as logs:
            with own_server() as url, at(url, on_commit="default"):
                other = Club.objects.create()
                follow(self.user, other)
                heard.clear()
                atomic = transaction.atomic()
                atomic.__enter__()
                self.assertIs(follow(self.user, self.club), True)
                self.assertIs(unfollow(self.user, other), True)
                transaction.on_commit(lambda: called.append("after"))
            with at(url, on_commit="default"):
                atomic.__exit__(None, None, None)
        self.assertEqual(called, ["after"])
        self.assertEqual(heard, [])
        self.assertEqual(len(logs.output), 2)
        for record, club in zip(logs.records, (self.club, other), strict=True):
            line = record.getMessage()
            self.assertIn("'default'", line)
            self.assertIn("Make these calls again", line)
            ends = f"{ref(self.user)} -> {ref(club)} (follow)"
            self.assertNotIn(str(ref(self.user)), line)
            self.assertEqual([*map(str, vars(record)["withheld"].values)], [ends])
        self.assertIs(follow(self.user, self.club), True)

    def test_a_log_counts_many(self) -> None:
        with own_server() as url, at(url, on_commit="default"):
            people = self.people(12)
            atomic = transaction.atomic()
            atomic.__enter__()
            follow_many((person, self.club) for person in people)
        with self.assertLogs("sequere.backends.redis", "ERROR") as logs:
            atomic.__exit__(None, None, None)
        self.assertIn("12 edges or refs", logs.output[0])
