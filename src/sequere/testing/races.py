from __future__ import annotations

import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property, partial
from itertools import combinations_with_replacement
from typing import TypeVar
from unittest.mock import ANY

from django.db import connections

from sequere.questions import Add, Block, Counts, Forget, PagesOf, Scan
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW
from sequere.testing.base import NOON, ConformanceCase, effort
from sequere.testing.histories import VERBS, Answers, Call, Content, Slot, explains
from sequere.testing.models import Person
from sequere.types import (
    SOURCE_BARS,
    TARGET_BARS,
    Direction,
    Edge,
    Pair,
    Ref,
    Window,
)

T = TypeVar("T")

ROUNDS = 4
STATES = (None, None, 0, 0, 1, 2, 4, 5, 6)
BARS = (None, None, None, None, SOURCE_BARS, TARGET_BARS, SOURCE_BARS | TARGET_BARS)
DIRECTIONS: tuple[Direction, ...] = ("followers", "followings")


class RaceTests(ConformanceCase):
    """Two threads change the same edges. For each edge, some order of their calls must
    explain the answers of both threads and the edge that is left.
    """

    # The tests that need these objects make them: setUp() would run for the whole
    # suite.

    @cached_property
    def executor(self) -> ThreadPoolExecutor:
        executor = ThreadPoolExecutor(2)
        self.addCleanup(executor.shutdown)
        self.addCleanup(self.both, connections.close_all, connections.close_all)
        return executor

    @cached_property
    def chance(self) -> random.Random:
        return random.Random(8)

    @property
    def verbs(self) -> list[str]:
        return [
            name
            for name, verb in VERBS.items()
            if verb.flag is None or getattr(self.store, verb.flag)
        ]

    def both(self, *works: Callable[[], T]) -> list[T]:
        """Run two functions at the same moment, each in its own thread."""
        start = threading.Barrier(2)

        def run(work: Callable[[], T]) -> T:
            start.wait()
            return work()

        futures = [self.executor.submit(run, work) for work in works]
        wait(futures)
        return [future.result() for future in futures]

    def test_each_pair_of_verbs(self) -> None:
        world = self.world()
        for pair in combinations_with_replacement(self.verbs, 2):
            with self.subTest(pair=pair):
                for _ in range(ROUNDS * effort()):
                    self.race(world, [[name] for name in pair])

    def test_verbs_in_a_row(self) -> None:
        world, verbs = self.world(), self.verbs
        if not self.store.supports_transactions:
            # A forget in steps meets some slots before a block, and others after it.
            verbs = [name for name in verbs if not name.startswith("forget")]
        for _ in range(10 * ROUNDS * effort()):
            self.race(world, [self.chance.choices(verbs, k=3) for _ in range(2)])

    def test_deletion_beside_each_verb(self) -> None:
        for name in self.verbs:
            if name.startswith(("follow", "block")) and not (
                self.store.supports_integrity and self.joins_transactions
            ):
                continue
            for _ in range(ROUNDS * effort()):
                with self.subTest(verb=name):
                    self.delete_beside(name)

    def delete_beside(self, name: str) -> None:
        person, *others = [self.person() for _ in range(3)]
        ref, *rest = map(registry.ref, [person, *others])
        pairs = [
            pair for other in rest for pair in (Pair(ref, other), Pair(other, ref))
        ]
        self.fill(pairs)
        call = partial(self.call, name, pairs, ref)
        self.both(Person.objects.filter(pk=person.pk).delete, call)
        left = [edge for edge in self.every_edge() if ref in edge]
        self.assertEqual(left, [])
        self.assert_counts([ref, *rest])
        self.store.ask(Forget(rest))

    def test_a_scan_beside_writers(self) -> None:
        club, *people = self.people(201)
        pairs = [Pair(registry.ref(each), registry.ref(club)) for each in people]
        stay = {Edge(FOLLOW.name, *pair, NOON) for pair in pairs[::2]}
        self.store.ask(Add([*stay]))

        def write() -> list[Edge]:
            for name in ("follow", "unfollow", "follow_many", "unfollow_many"):
                self.call(name, pairs[1::2], pairs[0].target)
            return []

        def scan() -> list[Edge]:
            return [edge for _ in range(5) for edge in self.one_scan(stay)]

        for _ in range(2):
            _, missing = self.both(write, scan)
            self.assertEqual(missing, [])

    def one_scan(self, wanted: set[Edge]) -> set[Edge]:
        """Return the edges that a scan does not find."""
        found: set[Edge] = set()
        after: str | None = None
        while True:
            edges, after = self.store.ask(Scan(after, limit=20))
            found.update(edges)
            if after is None:
                return wanted - found

    def world(self) -> list[Pair]:
        """Return the slots between two people, and between each of them and another
        person.
        """
        a, b, c, d = map(registry.ref, self.people(4))
        ends = [(a, b), (b, a), (a, c), (c, a), (b, d), (d, b)]
        return [Pair(*each) for each in ends]

    def fill(self, pairs: Sequence[Pair]) -> dict[Pair, Slot]:
        """Fill each slot with different contents."""
        states = STATES if self.store.supports_archive else STATES[:4]
        chosen = {pair: self.chance.choice(states) for pair in pairs}
        self.store.ask(
            Add(
                [
                    Edge(FOLLOW.name, *pair, NOON, state)
                    for pair, state in chosen.items()
                    if state is not None
                ]
            )
        )
        if self.store.supports_policy:
            self.bar(pairs)
        return self.contents()

    def bar(self, pairs: Sequence[Pair]) -> None:
        """Let some pairs block each other, in one direction or both."""
        for pair in {min(pair, Pair(*reversed(pair))) for pair in pairs}:
            bars = self.chance.choice(BARS) or 0
            ends = [pair] * bool(bars & SOURCE_BARS)
            ends += [Pair(*reversed(pair))] * bool(bars & TARGET_BARS)
            self.store.ask(Block([Edge(BLOCK.name, *each, NOON) for each in ends]))

    def race(self, pairs: list[Pair], threads: list[list[str]]) -> None:
        """Let each thread call its verbs, one after another."""
        refs = list({ref for pair in pairs for ref in pair})
        self.store.ask(Forget(refs))
        before = self.fill(pairs)
        ends = [pairs[0].source, pairs[0].target]
        plans = [
            [(name, self.shuffled(pairs), self.chance.choice(ends)) for name in names]
            for names in threads
        ]
        answers = self.both(*(partial(self.follow_plan, plan) for plan in plans))
        after = self.contents()
        for pair in pairs:
            told = [
                [
                    Call(name, end, answer[pair])
                    for (name, _, end), answer in zip(plan, row, strict=True)
                ]
                for plan, row in zip(plans, answers, strict=True)
            ]
            slots = before.get(pair), after.get(pair)
            if not any(
                explains(slots[0], reading, pair, slots[1])
                for reading in self.readings(told)
            ):
                self.fail(
                    f"No order explains these calls: {told}. {pair} was {slots[0]}, "
                    f"and is {slots[1]}."
                )
        self.assert_counts(refs)

    def readings(self, threads: list[list[Call]]) -> Iterator[list[list[Call]]]:
        """Yield the calls, and again with each forget twice. A forget in steps can meet
        an edge before a block, and then the block itself, which has cut the edge of the
        other direction in between.
        """
        yield threads
        if not self.store.supports_transactions:
            yield [
                [each for call in calls for each in again(call)] for calls in threads
            ]

    def follow_plan(self, plan: list[tuple[str, list[Pair], Ref]]) -> list[Answers]:
        return [self.call(*step) for step in plan]

    def call(self, name: str, pairs: Sequence[Pair], end: Ref) -> Answers:
        return VERBS[name].do(self.store, pairs, end)

    def contents(self) -> dict[Pair, Slot]:
        edges = list(self.every_edge())
        found: dict[Pair, Slot] = {
            Pair(edge.source, edge.target): Content(edge.created != NOON, edge.state)
            for edge in edges
            if edge.relation == FOLLOW.name
        }
        bars: dict[Pair, int] = defaultdict(int)
        for edge in edges:
            if edge.relation == BLOCK.name:
                bars[Pair(edge.source, edge.target)] |= SOURCE_BARS
                bars[Pair(edge.target, edge.source)] |= TARGET_BARS
        for pair, bar in bars.items():
            self.assertNotIn(pair, found, "an edge beside a block")
            found[pair] = Content(False, bar)
        return found

    def assert_counts(self, refs: list[Ref]) -> None:
        for direction in DIRECTIONS:
            counts = self.store.ask(Counts(FOLLOW.name, refs, direction))
            pages = self.store.ask(
                PagesOf(FOLLOW.name, refs, direction, Window(limit=1000))
            )
            self.assertEqual(counts, {ref: len(pages[ref]) for ref in refs})

    def shuffled(self, pairs: list[Pair]) -> list[Pair]:
        return self.chance.sample(pairs, len(pairs))


def again(call: Call) -> list[Call]:
    """Return a call, and after a forget another forget, which removes no edge."""
    if not call.name.startswith("forget"):
        return [call]
    return [call, call._replace(answer=call.answer if call.answer is ANY else None)]
