"""Settlers and writers take their steps in any order, and may die after each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations
from typing import Any

from django.db import connection, transaction

from sequere.api import block, follow, unblock, unfollow
from sequere.backends.mirror.marks import NotReady
from sequere.backends.mirror.rebuilding import rebuild, repair
from sequere.backends.mirror.settling import attempt, drain_all, settle
from sequere.exceptions import BackendError, InvalidCursor
from sequere.questions import Add, Archive, Put, Remove, SetLevel
from sequere.testing.base import NOON, SECOND, effort
from sequere.types import Pair
from sequere.verifying.exact import slot_of
from tests.backends.mirror.cases import MirrorCase

Process = Iterator[Any]
#: The steps of attempt(), and of a writer.
SETTLER, WRITER = 6, 2


class StepTests(MirrorCase):
    """Two settlers and two writes of one pair, in every order, with deaths."""

    def setUp(self) -> None:
        super().setUp()
        self.pair = self.edge(self.people[0])
        self.slot = slot_of(self.pair)
        self.sql = self.store.primary

    def settler(self) -> Process:
        with suppress(NotReady):
            yield from attempt(self.sides, {self.slot})

    def writer(self) -> Process:
        """Follow, and unfollow, without settling."""
        self.sql.ask(Add([self.pair]))
        yield
        self.sql.ask(Remove("follow", [Pair(*self.pair[1:3])]))
        yield

    def changer(self) -> Process:
        """Change what stands in the slot, without settling."""
        self.sql.ask(Put([self.pair._replace(level=1)]))
        yield
        self.sql.ask(Put([self.pair._replace(level=2, state=2)]))
        yield

    def play(
        self, makers: Sequence[Callable[[], Process]], order: Sequence[int]
    ) -> None:
        """Let the processes take their steps in `order`; the others die there."""
        self.reset()
        processes = [make() for make in makers]
        for number in order:
            with suppress(StopIteration):
                next(processes[number])
        self.assert_intent_is_left_where_sides_differ(order)
        for _ in drain_all(self.sides):
            pass
        self.assertEqual(self.edges("sql"), self.edges("redis"), order)

    def reset(self) -> None:
        self.sql.ask(Remove("follow", [Pair(*self.pair[1:3])]))
        self.drain()

    def assert_intent_is_left_where_sides_differ(self, order: Sequence[int]) -> None:
        if self.edges("sql") != self.edges("redis"):
            self.assertTrue(self.sides.journal.ids([self.slot]), order)

    def test_a_settler_dies_after_each_step_beside_a_writer(self) -> None:
        """One settler meets one writer in every order, with a death at every step."""
        for makers in ([self.settler, self.writer], [self.settler, self.changer]):
            for places in combinations(range(SETTLER + WRITER), WRITER):
                order = [int(n in places) for n in range(SETTLER + WRITER)]
                for steps in range(1, SETTLER + WRITER + 1):
                    with self.subTest(order=order[:steps]):
                        self.play(makers, order[:steps])

    def test_two_settlers_and_a_writer_in_any_order(self) -> None:
        """The order is random, and each process may die at any step."""
        makers = [self.settler, self.settler, self.writer, self.settler, self.changer]
        for seed in range(150 * effort()):
            chance = random.Random(seed)
            order = [0] * SETTLER + [1] * SETTLER + [2] * WRITER
            order += [3] * SETTLER + [4] * WRITER
            chance.shuffle(order)
            for number in chance.sample((0, 1, 3), chance.randrange(3)):
                kept = chance.randrange(SETTLER)
                for _ in range(SETTLER - kept):
                    order.remove(number)
            with self.subTest(seed=seed):
                self.play(makers, order)

    def test_a_late_write_loses(self) -> None:
        """The bytes of a dead settler arrive when others have settled."""
        self.sql.ask(Add([self.pair]))
        late = self.settler()
        for _ in range(4):
            next(late)
        self.sql.ask(Remove("follow", [Pair(*self.pair[1:3])]))
        self.assertEqual(settle(self.sides, [self.slot]), set())
        next(late)
        self.assertEqual(self.edges("redis"), set())

    def test_a_late_write_of_an_earlier_generation_loses(self) -> None:
        self.sql.ask(Add([self.pair]))
        late = self.settler()
        for _ in range(4):
            next(late)
        self.sql.ask(Remove("follow", [Pair(*self.pair[1:3])]))
        for _ in rebuild(self.sides):
            pass
        self.assertEqual(list(late), [])
        self.assertEqual(self.edges("redis"), set())

    def test_settling_during_a_rebuild(self) -> None:
        """Each step of a rebuild may be the last, and a settler goes on after it."""
        self.sql.ask(Add([self.pair]))
        late = self.settler()
        next(late)
        steps = rebuild(self.sides)
        next(steps)
        self.assertNotIn("wrote", list(late))
        self.sql.ask(Remove("follow", [Pair(*self.pair[1:3])]))
        self.assertEqual(settle(self.sides, [self.slot]), set())
        self.assertEqual(list(steps), [])
        self.assertEqual(self.edges("redis"), set())


class SettleTests(MirrorCase):
    def test_every_form_of_an_edge(self) -> None:
        sql = self.store.primary
        person = self.people[0]
        for changed in ({}, {"state": 1}, {"state": 6, "level": 9}, {"state": 0}):
            edge = self.edge(person, created=NOON + SECOND, **changed)
            sql.ask(Put([edge]))
            settle(self.sides, [slot_of(edge)])
            self.assertEqual(self.edges("redis"), {edge})
        sql.ask(SetLevel("follow", [Pair(*edge[1:3])], 0))
        settle(self.sides, [slot_of(edge)])
        self.assert_equal()

    def test_every_write_is_noted(self) -> None:
        """Any program may write, and settlers may come in any order."""
        follow(self.people[0], self.club)
        block(self.people[1], self.people[0])
        block(self.people[2], self.people[0])
        unblock(self.people[2], self.people[0])
        self.store.primary.ask(Add([self.edge(person) for person in self.people]))
        self.store.primary.ask(Archive("follow", self.edge(self.people[0]).target))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sequere_edge SET level = 7 WHERE state < 8")
            moved = "UPDATE sequere_edge SET from_object_id = '99'"
            where = f"{moved} WHERE from_object_id = %s"
            cursor.execute(where, [str(self.people[3].pk)])
        self.assertGreater(self.sides.journal.left().intents, 4)
        self.drain()
        self.assertEqual(self.sides.journal.left().intents, 0)
        self.assert_equal()
        self.assertIn("99", {edge.source.object_id for edge in self.edges("redis")})

    def test_a_rollback_leaves_no_intent(self) -> None:
        with suppress(ZeroDivisionError), transaction.atomic():
            follow(self.people[0], self.club)
            raise ZeroDivisionError
        self.assertEqual(self.sides.journal.left().intents, 0)
        self.assertEqual(self.edges("redis"), set())

    def test_a_writer_settles_its_own_pairs(self) -> None:
        with transaction.atomic():
            for person in self.people:
                follow(person, self.club)
            unfollow(self.people[0], self.club)
            self.assertEqual(self.edges("redis"), set())
        self.assertEqual(self.sides.journal.left().intents, 0)
        self.assertEqual(len(self.edges("redis")), 3)
        self.assert_equal()

    def test_settling_in_a_transaction_is_refused(self) -> None:
        with transaction.atomic(), self.assertRaisesMessage(BackendError, "atomic()"):
            settle(self.sides, [slot_of(self.edge(self.people[0]))])

    def test_rebuild_goes_on_and_repair_mends(self) -> None:
        edges = [self.edge(self.people[0])._replace(level=n) for n in range(1)]
        source, target = edges[0][1:3]
        edges = [
            edges[0]._replace(target=target._replace(object_id=f"x{n}"))
            for n in range(1200)
        ]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO sequere_edge (created, state, level, relation, "
                "from_identifier, from_object_id, to_identifier, to_object_id) "
                "VALUES (5, 0, 0, 'follow', %s, %s, %s, %s)",
                [[*edge.source, *edge.target] for edge in edges],
            )
        first = next(rebuild(self.sides))
        self.assertEqual((first.edges, len(self.edges("redis"))), (500, 500))
        rest = list(rebuild(self.sides, first.resume))
        self.assertEqual([step.edges for step in rest], [500, 200])
        self.assert_equal()
        next(rebuild(self.sides))
        with self.assertRaises(NotReady):
            list(rebuild(self.sides, first.resume))
        with self.assertRaises(InvalidCursor):
            list(rebuild(self.sides, "nonsense"))
        list(rebuild(self.sides))
        lost = [Pair(source, edge.target) for edge in edges[:3]]
        self.store.mirror.ask_quietly(Remove("follow", lost))
        self.store.mirror.ask_quietly(Add([self.edge(self.people[1])]))
        self.assertEqual(sum(step.mended for step in repair(self.sides)), 4)
        self.assert_equal()
