"""Writers do not wait for each other's counts, and bulk writers do not deadlock."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections, transaction
from django.test import TransactionTestCase

from sequere.api import (
    archive,
    follow,
    follow_many,
    get_followers_count,
    restore,
    unfollow,
    unfollow_many,
)
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.testing.base import NOON
from sequere.testing.models import Person
from tests.settings import ENGINE

THREADS = 4
IMPATIENT = {
    "postgresql": "SET lock_timeout = '2s'",
    "mariadb": "SET innodb_lock_wait_timeout = 2",
}


class WaitingCase(TransactionTestCase):
    databases = {"default", "other"}

    def setUp(self) -> None:
        if ENGINE not in IMPATIENT:
            self.skipTest("the engine has one writer at a time")
        self.celebrity, *self.people = Person.objects.bulk_create(
            [Person(name=f"p{number}") for number in range(200)]
        )

    def together(self, *works: Callable[[], object]) -> list[BaseException]:
        """Run all functions at the same time, each in a thread. Return their errors."""
        errors: list[BaseException] = []
        start = threading.Barrier(len(works))

        def run(work: Callable[[], object]) -> None:
            try:
                start.wait()
                work()
            except BaseException as exc:
                errors.append(exc)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=[work]) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors

    def rows(self, sources: list[Any], target: Any) -> list[EdgeRow]:
        """Return rows for bulk_create(), as SQL of a site would add them."""
        return [
            EdgeRow(
                relation="follow",
                from_identifier="testing.person",
                from_object_id=str(source.pk),
                to_identifier="testing.person",
                to_object_id=str(target.pk),
                created=NOON,
            )
            for source in sources
        ]

    def assert_true_counts(self) -> None:
        """Assert that every edge is counted exactly once."""
        with connection.cursor() as cursor:
            cursor.execute(DIFFERENCES)
            self.assertEqual(list(cursor.fetchall()), [])


DIFFERENCES = """
    SELECT identifier, object_id, relation, direction, state, other_identifier,
        SUM(part)
    FROM (
        SELECT identifier, object_id, relation, direction, state, other_identifier,
            total AS part
        FROM sequere_count
        UNION ALL
        SELECT to_identifier, to_object_id, relation, 'followers', state,
            from_identifier, -1
        FROM sequere_edge WHERE state < 2
        UNION ALL
        SELECT from_identifier, from_object_id, relation, 'followings', state,
            to_identifier, -1
        FROM sequere_edge WHERE state < 2
    ) parts
    GROUP BY identifier, object_id, relation, direction, state, other_identifier
    HAVING SUM(part) <> 0
"""


class OpenTransactionTests(WaitingCase):
    """Keep a transaction open that follows a celebrity."""

    def test_no_write_of_others_waits(self) -> None:
        star, people = self.celebrity, self.people
        follow_many((person, star) for person in people[:60])
        follow_many((star, person) for person in people[:10])
        victim = people[0]

        def write() -> None:
            with connection.cursor() as cursor:
                cursor.execute(IMPATIENT[ENGINE])
            self.assertIs(follow(people[150], star), True)
            self.assertIs(unfollow(people[1], star), True)
            follow_many((person, star) for person in people[160:])
            unfollow_many((person, star) for person in people[2:30])
            with transaction.atomic():
                for person in people[151:155]:
                    follow(person, star)
            archive(people[40])
            restore(people[40])
            EdgeRow.objects.filter(from_object_id=str(people[41].pk)).delete()
            EdgeRow.objects.bulk_create(self.rows(people[42:50], people[9]))
            Person.objects.get(pk=victim.pk).delete()

        with transaction.atomic():
            # These follows lock the only row of each count.
            self.assertIs(follow(people[100], star), True)
            self.assertIs(follow(people[100], people[120]), True)
            errors = self.together(write)
        self.assertEqual(errors, [])
        self.assert_true_counts()
        self.assertEqual(
            get_followers_count(star),
            EdgeRow.objects.filter(to_object_id=str(star.pk)).count(),
        )

    def test_a_second_follow_does_not_wait_for_the_first(self) -> None:
        """Both the follower and the followed have counts."""
        star, people = self.celebrity, self.people
        follow_many([(people[0], star), (people[0], people[1])])

        def write() -> None:
            with connection.cursor() as cursor:
                cursor.execute(IMPATIENT[ENGINE])
            follow(people[0], people[3])

        with transaction.atomic():
            follow(people[0], people[2])
            follow(people[5], star)
            self.assertEqual(self.together(write), [])
        self.assert_true_counts()


class DeadlockTests(WaitingCase):
    """Writers of many edges follow the same celebrities, in any order."""

    rounds = 6

    def pairs(self, number: int) -> list[tuple[Any, Any]]:
        chance = random.Random(number)
        stars = [self.celebrity, *self.people[:3]]
        pairs = [(person, star) for person in self.people[10:] for star in stars]
        return chance.sample(pairs, 150)

    def load(self, *works: Callable[[int], object]) -> None:
        def repeat(work: Callable[[int], object], thread: int) -> Callable[[], object]:
            return lambda: [work(thread + 10 * turn) for turn in range(self.rounds)]

        errors = self.together(*(repeat(work, n) for n, work in enumerate(works)))
        self.assertEqual(errors, [])
        self.assert_true_counts()

    def follow(self, number: int) -> None:
        follow_many(self.pairs(number))

    def unfollow(self, number: int) -> None:
        unfollow_many(self.pairs(number))

    def test_many_follows(self) -> None:
        self.load(*[self.follow] * THREADS)

    def test_many_follows_and_unfollows(self) -> None:
        self.load(self.follow, self.unfollow, self.follow, self.unfollow)

    def test_deletion(self) -> None:
        def delete(number: int) -> None:
            for person in self.people[100 + number :: 60]:
                Person.objects.filter(pk=person.pk).delete()

        self.load(self.follow, self.follow, self.follow, delete)

    def test_archiving(self) -> None:
        def hide(number: int) -> None:
            archive(self.celebrity)
            restore(self.celebrity)

        self.load(self.follow, self.unfollow, hide, hide)


class SurplusTests(WaitingCase):
    """SQL of the site adds rows to counts, and repair() merges them."""

    def parts(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM sequere_count")
            return int(cursor.fetchone()[0])

    def test_folding(self) -> None:
        star, people, backend = self.celebrity, self.people, get_backend()
        follow(people[0], star)
        with transaction.atomic():
            # One transaction locks the row of the count, so that others add rows.
            EdgeRow.objects.filter(from_object_id=str(people[0].pk)).update(level=0)
            follow(people[1], star)
            self.together(lambda: [follow(person, star) for person in people[2:5]])
        EdgeRow.objects.bulk_create(self.rows(people[5:30], star))
        self.assertEqual(get_followers_count(star), 30)
        self.assertGreater(self.parts(), 31)
        for steps in (backend.verify(), backend.repair()):
            self.assertEqual([each for step in steps for each in step.problems], [])
        self.assertEqual(self.parts(), 31)
        self.assert_true_counts()

    def test_folding_waits_for_nobody(self) -> None:
        star, people, backend = self.celebrity, self.people, get_backend()

        def fold() -> None:
            with connection.cursor() as cursor:
                cursor.execute(IMPATIENT[ENGINE])
            list(backend.repair())

        with transaction.atomic():
            follow(people[0], star)
            self.together(lambda: follow(people[1], star))
            errors = self.together(fold)
        self.assertEqual(errors, [])
        self.assertEqual(get_followers_count(star), 2)
        list(backend.repair())
        self.assertEqual(get_followers_count(star), 2)
        self.assert_true_counts()
