"""Blocks and requests in SQL: bars in slots, and few statements."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from sequere.api import (
    accept,
    accept_pending,
    archive,
    block,
    follow,
    follow_many,
    follow_states,
    reject,
    remove_follower,
    restore,
    set_level,
    unblock,
    unfollow,
    unfollow_many,
)
from sequere.backends.simple import SimpleBackend
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.questions import Add, Block, Edges, Forget, Put, Remove
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW
from sequere.testing.base import NOON, effort
from sequere.testing.concurrency import ThreadsCase
from sequere.testing.models import Account, Club, Person
from sequere.types import STATES, Blocked, Edge, Pair, Ref
from tests.settings import ENGINE

Slots = dict[tuple[str, Ref, Ref], int]


def slots(*, bars: bool = True) -> Slots:
    """Return the states of all bars, or of all edges."""
    rows = EdgeRow.objects.exclude(state__lt=8) if bars else EdgeRow.objects.all()
    return {row.edge[:3]: row.state for row in rows}


def bars_of_blocks(*relations: str) -> Slots:
    """Return the bars that the block edges demand."""
    found: Slots = {}
    for row in EdgeRow.objects.filter(relation=BLOCK.name):
        _, source, target, *_ = row.edge
        for name in relations:
            for ends, bit in (((source, target), 16), ((target, source), 32)):
                found[name, *ends] = found.get((name, *ends), 0) | bit
    return found


class PolicyCase(ThreadsCase):
    backend = {"BACKEND": "sequere.backends.simple.SimpleBackend"}

    def setUp(self) -> None:
        super().setUp()
        self.relation("admire", barred=True)
        self.a, self.b = self.people(2)
        self.one, self.other = registry.ref(self.a), registry.ref(self.b)

    @property
    def simple(self) -> SimpleBackend:
        store = self.store
        assert isinstance(store, SimpleBackend)
        return store

    def assert_bars(self) -> None:
        self.assertEqual(slots(), bars_of_blocks("admire", FOLLOW.name))


class BarTests(PolicyCase):
    def test_both_slots_of_each_relation_are_barred(self) -> None:
        one, other = self.one, self.other
        for call, bits in (
            ((block, self.a, self.b), (16, 32)),
            ((block, self.b, self.a), (48, 48)),
            ((unblock, self.a, self.b), (32, 16)),
            ((block, self.a, self.b), (48, 48)),
            ((unblock, self.b, self.a), (16, 32)),
            ((unblock, self.a, self.b), (0, 0)),
        ):
            verb, *ends = call
            self.assertIs(verb(*ends), True)
            found = slots()
            for name in ("admire", "follow"):
                seen = [
                    found.pop((name, one, other), 0),
                    found.pop((name, other, one), 0),
                ]
                self.assertEqual(tuple(seen), bits)
            self.assertEqual(found, {})
        self.assertEqual(EdgeRow.objects.count(), 0)

    def test_nothing_of_an_edge_is_left_in_its_bar(self) -> None:
        there = self.edge(self.a, self.b)._replace(state=3, level=5)
        back = self.edge(self.b, self.a, relation="admire")
        self.store.ask(Add([there, back]))
        new = Edge(BLOCK.name, self.one, self.other, NOON)
        answer = self.store.ask(Block([new]))
        self.assertEqual(answer.blocks, [new])
        self.assertEqual(set(answer.cut), {there, back})
        self.assertEqual(self.store.ask(Block([new])), Blocked([], []))
        bars = EdgeRow.objects.exclude(relation=BLOCK.name)
        kept = set(bars.values_list("created", "level"))
        self.assertEqual({(int(at.timestamp()), level) for at, level in kept}, {(0, 0)})
        self.assert_bars()

    def test_only_unblock_and_forget_lift_a_bar(self) -> None:
        account = Account.objects.create(is_private=True)
        source, target = self.a, account
        block(target, source)
        block(source, self.b)
        before = slots()
        ends = registry.ref(source), registry.ref(target)
        for call in (
            lambda: follow(source, target),
            lambda: unfollow(source, target),
            lambda: unfollow_many([(source, target), (target, source)]),
            lambda: reject(target, source),
            lambda: remove_follower(target, source),
            lambda: accept(target, source),
            lambda: accept_pending(target),
            lambda: set_level(source, target, 4),
            lambda: archive(source),
            lambda: restore(source),
            lambda: follow_many([(source, target), (self.b, source)]),
            lambda: self.store.ask(Put([Edge("follow", *ends, NOON, 1)])),
            lambda: self.store.ask(Remove("admire", [Pair(*ends)])),
        ):
            call()
            self.assertEqual(slots(), before)
        self.store.ask(Forget([registry.ref(target)]))
        self.assert_bars()
        self.assertEqual(len(slots()), 4)
        source.delete()
        self.assertEqual(slots(bars=False), {})

    def test_bars_are_in_no_answer_and_in_no_count(self) -> None:
        block(self.a, self.b)
        self.assertEqual([edge.relation for edge in self.every_edge()], [BLOCK.name])
        every = [Pair(self.one, self.other), Pair(self.other, self.one)]
        self.assertEqual(self.store.ask(Edges(FOLLOW.name, every)), {})
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT relation FROM sequere_count")
            self.assertEqual([*cursor.fetchall()], [(BLOCK.name,)])

    def test_the_table_takes_no_other_state(self) -> None:
        block(self.a, self.b)
        rows = EdgeRow.objects.exclude(relation=BLOCK.name)
        for state in (-1, 8, 15, 17, 33, 47, 49, 64):
            with (
                self.subTest(state=state),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                rows.update(state=state)
        self.assert_bars()

    def test_an_end_without_a_row_is_not_blocked(self) -> None:
        gone = Ref("testing.person", "7")
        self.assertIs(block(self.a, gone), False)
        self.assertIs(block(gone, self.a), False)
        self.assertEqual(slots(bars=False), {})

    def test_blocks_of_many(self) -> None:
        star, *crowd = self.people_more(300)
        pairs = [(star, each) for each in crowd] + [(each, star) for each in crowd[:9]]
        follow_many((b, a) for a, b in pairs)
        self.assertEqual(len(BLOCK.add_many(pairs)), len(pairs))
        self.assert_bars()
        self.assert_true_counts()
        self.assertEqual(BLOCK.add_many(pairs), [])
        self.assertEqual(len(BLOCK.remove_many(pairs[:200])), 200)
        self.assert_bars()
        self.assertEqual(len(BLOCK.remove_many(pairs)), len(pairs) - 200)
        self.assertEqual(slots(bars=False), {})

    def people_more(self, count: int) -> list[Person]:
        return Person.objects.bulk_create([Person(name="x") for _ in range(count)])


class RenewedBarTests(PolicyCase):
    def test_a_relation_is_barred_later(self) -> None:
        block(self.a, self.b)
        late = self.relation("later", barred=True)
        self.assertIs(late.add(self.b, self.a), True)
        [beside] = self.store.ask(Edges("later", [Pair(self.other, self.one)])).values()
        blocks = [edge for edge in self.every_edge() if edge.relation == BLOCK.name]
        self.assertEqual(self.simple.bar_again(["later"], blocks), [beside])
        self.assertEqual(slots(), bars_of_blocks("admire", "follow", "later"))
        self.assertEqual(self.simple.bar_again(["later"], blocks), [])
        self.assertIs(late.add(self.a, self.b), False)
        unblock(self.a, self.b)
        self.assertIs(late.add(self.a, self.b), True)

    def test_verify_finds_missing_bars_and_repair_makes_them(self) -> None:
        block(self.a, self.b)
        EdgeRow.objects.filter(state__gte=STATES).delete()
        found = [each for step in self.simple.verify() for each in step.problems]
        self.assertEqual(len(found), 1)
        self.assertIn("bars", str(found[0]))
        list(self.simple.repair())
        self.assertIs(follow(self.b, self.a), False)
        self.assertEqual([p for s in self.simple.verify() for p in s.problems], [])

    def test_a_block_that_has_gone_is_not_renewed(self) -> None:
        block(self.a, self.b)
        blocks = [edge for edge in self.every_edge() if edge.relation == BLOCK.name]
        unblock(self.a, self.b)
        self.assertEqual(self.simple.bar_again(["follow"], blocks), [])
        self.assertEqual(slots(bars=False), {})

    def test_unblock_leaves_what_was_never_barred(self) -> None:
        block(self.a, self.b)
        late = self.relation("later", barred=True)
        late.add(self.b, self.a)
        unblock(self.a, self.b)
        self.assertIs(late.contains(self.b, self.a), True)


class BarRaceTests(PolicyCase):
    def test_no_bar_is_left_without_its_block(self) -> None:
        """Two block each other, two unblock, and two follow, at the same moments."""
        people = [self.couple() for _ in range(60 * effort())]

        def work(number: int) -> None:
            chance = random.Random(number)
            for pair in people:
                ends = pair[::-1] if number % 2 else pair
                for _ in range(3):
                    verb: Callable[..., Any] = (block, unblock, follow)[number // 2]
                    if chance.random() < 0.2:
                        verb = unblock
                    verb(*ends)

        self.together(work, threads=6)
        self.assert_bars()
        self.assert_true_counts()
        for pair in people:
            unblock(*pair)
            unblock(*pair[::-1])
        self.assertEqual(slots(), {})

    def test_blocks_of_many_in_any_order(self) -> None:
        people = [person for _ in range(8) for person in self.couple()]
        pairs = [(a, b) for a in people for b in people if a is not b]

        def work(number: int) -> None:
            chance = random.Random(number)
            for _ in range(4 * effort()):
                some = chance.sample(pairs, 60)
                verbs = (BLOCK.add_many, BLOCK.remove_many, follow_many, unfollow_many)
                verbs[number](some)

        self.together(work, threads=4)
        self.assert_bars()
        self.assert_true_counts()

    def couple(self) -> list[Person]:
        return Person.objects.bulk_create([Person(name="a"), Person(name="b")])


ENGINES = ("sqlite", "postgresql", "mariadb")
# The queries of each verb. A verb that needs a transaction makes and releases a
# savepoint, which takes two queries. On MariaDB, the last three verbs lock before their
# UPDATE and read after it, to tell which edges changed.
COSTS = {
    "follow": (1, 1, 1),
    "unfollow": (1, 1, 1),
    "block strangers": (5, 4, 4),
    "block again": (4, 4, 4),
    "block back": (6, 5, 5),
    "unblock, but not back": (6, 6, 6),
    "unblock": (6, 5, 5),
    "unblock nobody": (3, 3, 3),
    "block and cut": (6, 5, 5),
    "reject": (1, 1, 1),
    "remove_follower": (1, 1, 1),
    "states": (1, 1, 1),
    "requests": (2, 2, 2),
    "put": (4, 1, 5),
    "accept": (1, 1, 5),
    "set_level": (1, 1, 5),
    "accept_pending": (3, 4, 8),
}


class QueryTests(TestCase):
    def test_costs(self) -> None:
        person, club = Person.objects.create(name="p"), Club.objects.create()
        account = Account.objects.create(is_private=True)
        ref, target = registry.ref(person), registry.ref(account)
        request = Edge(FOLLOW.name, ref, target, NOON, 1)
        ask = get_backend().ask

        def again() -> None:
            ask(Put([request]))

        calls: list[tuple[str, Callable[[], object]]] = [
            ("follow", lambda: follow(person, club)),
            ("unfollow", lambda: unfollow(person, club)),
            ("block strangers", lambda: block(person, club)),
            ("block again", lambda: block(person, club)),
            ("follow", lambda: follow(person, club)),
            ("unfollow", lambda: unfollow(person, club)),
            ("block back", lambda: block(club, person)),
            ("unblock, but not back", lambda: unblock(person, club)),
            ("unblock", lambda: unblock(club, person)),
            ("unblock nobody", lambda: unblock(club, person)),
            ("follow", lambda: follow(person, club)),
            ("block and cut", lambda: block(club, person)),
            ("", again),
            ("put", lambda: ask(Put([request._replace(level=2)]))),
            ("states", lambda: follow_states(account, [person, club])),
            ("requests", lambda: len(FOLLOW.requests(account)[:5])),
            ("accept", lambda: accept(account, person)),
            ("set_level", lambda: set_level(person, account, 3)),
            ("remove_follower", lambda: remove_follower(account, person)),
            ("", again),
            ("reject", lambda: reject(account, person)),
            ("", again),
            ("accept_pending", lambda: accept_pending(account)),
        ]
        for name, call in calls:
            with CaptureQueriesContext(connection) as queries:
                call()
            if name:
                with self.subTest(name):
                    self.assertEqual(len(queries), COSTS[name][ENGINES.index(ENGINE)])
