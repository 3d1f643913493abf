"""Threads block, follow and accept at the same moment."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from functools import partial

from django.db import transaction

from sequere.api import (
    accept_pending,
    block,
    follow,
    follow_many,
    get_follow_requests_count,
    get_followers_count,
    is_blocking,
    is_following,
    is_muting,
    mute,
    unblock,
    unmute,
)
from sequere.declaration import UNTIL
from sequere.questions import Edges, Expire, Put
from sequere.registration import Resource, registry
from sequere.relations import FOLLOW, MUTE
from sequere.testing.base import effort, needs
from sequere.testing.concurrency import THREADS, ThreadsCase
from sequere.testing.models import Account, Person
from sequere.times import now
from sequere.types import Edge, Pair

PAIRS = 40
HOUR = timedelta(hours=1)
#: The seconds for which a transaction stays open after its follow.
OPEN = 0.003


@needs("supports_policy")
class ContestTests(ThreadsCase):
    def test_a_block_always_wins(self) -> None:
        for pause in (0, OPEN):
            pairs = self.couples(PAIRS * effort())
            rounds = threading.Barrier(THREADS)

            def work(number: int, pause: float, pairs: list[list[Person]]) -> None:
                for a, b in pairs:
                    rounds.wait()  # noqa: B023
                    if number < 2:
                        block(*((a, b) if number else (b, a)))
                    elif number < 5:
                        self.follow_slowly(a, b, pause)
                    else:
                        self.follow_slowly(b, a, pause)

            self.together(partial(work, pause=pause, pairs=pairs))
            for a, b in pairs:
                self.assertTrue(is_blocking(a, b) and is_blocking(b, a))
            self.assert_nothing_between(pairs)

    def test_a_block_that_has_returned_shows_no_follow(self) -> None:
        pairs = self.couples(PAIRS * effort())
        follow_many((a, b) for a, b in pairs)
        seen: list[bool] = []

        def work(number: int) -> None:
            for a, b in pairs:
                if number:
                    follow(a, b)
                    follow_many([(b, a)])
                else:
                    block(a, b)
                    seen.append(is_following(a, b) or is_following(b, a))

        self.together(work, threads=3)
        self.assertEqual(seen, [False] * len(pairs))
        self.assert_nothing_between(pairs)

    def test_mutual_blocks_that_end_at_the_same_moment(self) -> None:
        pairs = self.couples(2 * PAIRS * effort())
        rounds = threading.Barrier(2)

        def work(number: int) -> None:
            for pair in pairs:
                me, other = pair[::-1] if number else pair
                rounds.wait()
                block(me, other)
                rounds.wait()
                unblock(me, other)

        self.together(work, threads=2)
        self.assertEqual(list(self.every_edge()), [])
        for a, b in pairs:
            self.assertTrue(follow(a, b) and follow(b, a))
        self.assert_true_counts()

    def test_what_is_renewed_beside_its_removal(self) -> None:
        """What the user says stands: muted for good, until later, or not at all."""
        pairs = self.couples(PAIRS * effort())
        ends = [Pair(*map(registry.ref, pair)) for pair in pairs]
        mutes = [Edge(MUTE.name, *pair, now() - 2 * HOUR) for pair in ends]
        over = [Edge(MUTE.name + UNTIL, *pair, now() - HOUR) for pair in ends]
        for pause in (0, OPEN):
            self.store.ask(Put([*mutes, *over]))
            rounds = threading.Barrier(4)

            def work(number: int, pause: float) -> None:
                for place, (a, b) in enumerate(pairs):
                    rounds.wait()  # noqa: B023
                    threading.Event().wait(random.random() * pause)
                    if number:
                        self.store.ask(Expire(MUTE.name, [ends[place]], now()))
                    elif place % 3 == 0:
                        mute(a, b)
                    elif place % 3 == 1:
                        mute(a, b, until=now() + HOUR)
                    else:
                        unmute(a, b)

            self.together(partial(work, pause=pause), threads=4)
            for place, (a, b) in enumerate(pairs):
                self.assertIs(is_muting(a, b), place % 3 < 2)
            left = sorted(edge.relation for edge in self.every_edge())
            for_good, until, _ = (len(pairs[place::3]) for place in range(3))
            wanted = [MUTE.name] * (for_good + until) + [MUTE.name + UNTIL] * until
            self.assertEqual(left, wanted)
            self.assert_true_counts()

    def test_an_account_that_stops_asking(self) -> None:
        """No request is left, at whatever time the follows begin and commit."""
        people = self.people(THREADS * 12 * effort())
        # If a follow is final at once, a transaction around it only makes reads old.
        for pause in (0, OPEN) if self.joins_transactions else (0,):
            account = Account.objects.create(is_private=True)

            def work(number: int, pause: float, account: Account) -> None:
                if number == 0:
                    account.is_private = False
                    account.save()
                    accept_pending(account)
                    return
                for person in people[number::THREADS]:
                    self.follow_slowly(person, account, pause)

            self.together(partial(work, pause=pause, account=account))
            self.assertEqual(get_follow_requests_count(account), 0)
            followers = len(people) - len(people[::THREADS])
            self.assertEqual(get_followers_count(account), followers)

    def follow_slowly(self, source: Person, target: Resource, pause: float) -> None:
        if not pause:
            follow(source, target)
            return
        with transaction.atomic():
            follow(source, target)
            threading.Event().wait(random.random() * 2 * pause)

    def couples(self, count: int) -> list[list[Person]]:
        return [
            Person.objects.bulk_create([Person(name="a"), Person(name="b")])
            for _ in range(count)
        ]

    def assert_nothing_between(self, pairs: list[list[Person]]) -> None:
        every = [
            Pair(registry.ref(one), registry.ref(other))
            for a, b in pairs
            for one, other in ((a, b), (b, a))
        ]
        self.assertEqual(self.store.ask(Edges(FOLLOW.name, every)), {})
        self.assert_true_counts()
