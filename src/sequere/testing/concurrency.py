from __future__ import annotations

import random
import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from django.db import OperationalError, connection, connections, transaction

from sequere.api import (
    follow,
    get_followers_count,
    get_followings_count,
    is_following,
    unfollow,
)
from sequere.testing.base import ConformanceCase
from sequere.testing.models import Person
from sequere.types import Ref

THREADS = 8
TRIES = 5


class ThreadsCase(ConformanceCase):
    def together(self, work: Callable[[int], object], threads: int = THREADS) -> None:
        """Call `work(0)`, `work(1)`, ... at the same time, each in its own thread."""
        errors: list[BaseException] = []
        start = threading.Barrier(threads)

        def run(number: int) -> None:
            try:
                start.wait()
                work(number)
            except BaseException as exc:
                errors.append(exc)
            finally:
                connections.close_all()

        workers = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if errors:
            raise errors[0]


def in_transaction(work: Callable[[], object]) -> None:
    """Do the work in atomic(). MariaDB may report a deadlock where nobody waits, and
    roll the transaction back. Only the caller can repeat it.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                work()
        except OperationalError as exc:
            if connection.vendor != "mysql" or "Deadlock" not in str(exc):
                raise
        else:
            return
    raise AssertionError(f"A transaction met {TRIES} deadlocks.")


class ConcurrencyTests(ThreadsCase):
    """Eight threads at once: no caller gets an error, and every count is exact."""

    def test_one_pair_by_all(self) -> None:
        people = self.people(201)
        pairs = list(pairwise(people))
        made: list[bool] = []
        self.together(lambda _: made.extend([follow(a, b) for a, b in pairs]))
        self.assertEqual(made.count(True), len(pairs))
        self.assertEqual(len(made), THREADS * len(pairs))
        self.assert_true_counts()

    def test_follows_and_unfollows_at_random(self) -> None:
        people = self.people(10)
        pairs = [(a, b) for a in people[:5] for b in people if a is not b][:40]

        def work(number: int) -> None:
            chance = random.Random(number)
            for _ in range(1000):
                verb = chance.choice((follow, unfollow))
                verb(*chance.choice(pairs))

        self.together(work)
        self.assert_true_counts()
        following = sum(is_following(a, b) for a, b in pairs)
        self.assertEqual(sum(map(get_followers_count, people)), following)

    def test_one_celebrity(self) -> None:
        celebrity, *people = self.people(1601)
        self.together(
            lambda n: [follow(person, celebrity) for person in people[n::THREADS]]
        )
        self.assertEqual(get_followers_count(celebrity), 1600)
        self.assert_true_counts()
        self.together(
            lambda n: [unfollow(person, celebrity) for person in people[n::THREADS]]
        )
        self.assertEqual(get_followers_count(celebrity), 0)

    def test_many_follows_in_a_transaction_in_any_order(self) -> None:
        people = self.people(52)
        celebrities, people = people[:12], people[12:]

        def work(number: int) -> None:
            chance = random.Random(number)
            for person in people[number::THREADS]:
                chance.shuffle(order := list(celebrities))
                in_transaction(partial(follow_all, person, order))

        def follow_all(person: Person, order: list[Person]) -> None:
            for celebrity in order:
                follow(person, celebrity)

        self.together(work)
        for celebrity in celebrities:
            self.assertEqual(get_followers_count(celebrity), len(people))
        self.assert_true_counts()

    def test_mutual_follows_at_the_same_moment(self) -> None:
        people = self.people(80)
        pairs = list(zip(people[::2], people[1::2], strict=True))

        def work(number: int) -> None:
            for a, b in pairs:
                follow(*((a, b) if number % 2 else (b, a)))

        self.together(work)
        self.assertEqual(sum(map(get_followers_count, people)), len(people))
        self.assert_true_counts()

    def test_deleting_a_person_whom_others_follow_meanwhile(self) -> None:
        if not (self.store.supports_integrity and self.joins_transactions):
            self.skipTest("supports_integrity is off, or the objects are elsewhere")
        people = self.people(THREADS * 30)
        victims = [self.person(f"victim {number}") for number in range(10)]
        refs = [Ref("testing.person", str(victim.pk)) for victim in victims]

        def work(number: int) -> None:
            if number == 0:
                for victim in victims:
                    Person.objects.get(pk=victim.pk).delete()
                return
            for person in people[number::THREADS]:
                for victim in victims:
                    follow(person, victim)
                    follow(victim, person)

        self.together(work)
        for ref in refs:
            self.assertEqual(self.pairs("followers", ref), [])
            self.assertEqual(self.pairs("followings", ref), [])
            self.assertEqual(get_followers_count(ref), 0)
            self.assertEqual(get_followings_count(ref), 0)
        self.assert_true_counts()
