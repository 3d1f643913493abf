from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from unittest import mock

from sequere.api import follow, unfollow
from sequere.backends.base import BaseBackend
from sequere.backends.memory import MemoryBackend
from sequere.exceptions import InvalidCursor
from sequere.handler import get_backend
from sequere.questions import Add, Block, Remove
from sequere.testing.base import NOON, SECOND, ConformanceCase, effort, needs
from sequere.testing.models import Club, Person
from sequere.testing.verifying import beside, problems_in, without_pauses
from sequere.types import Edge, Pair
from sequere.verifying import comparing
from sequere.verifying.comparing import Difference, compare
from sequere.verifying.copying import COMPARE, copy
from sequere.verifying.exact import Slot, slot_of

MICROSECOND = timedelta(microseconds=1)


class CopyTests(ConformanceCase):
    """Edges of one backend are copied to another backend, and compared."""

    @cached_property
    def copied(self) -> BaseBackend:
        backend = MemoryBackend(self.id())
        self.addCleanup(backend.clear)
        return backend

    def in_copy(self) -> set[Edge]:
        return {edge for edges in self.copied.scan() for edge in edges}

    def many_edges(self, count: int) -> list[Edge]:
        """Return edges of people to clubs: every tenth has another state, relation or
        level.
        """
        people = self.people(count // 10)
        clubs = [Club.objects.create() for _ in range(10)]
        edges = [
            self.edge(person, club, NOON + number * SECOND)
            for number, person in enumerate(people)
            for club in clubs
        ]
        return [
            edge._replace(state=number % 8, level=number % 5, relation="testing.like")
            if number % 10 == 0
            else edge
            for number, edge in enumerate(edges)
        ]

    def differences(self) -> dict[Slot, Difference]:
        return all_of(compare(self.store, self.copied))

    def test_a_copy_is_exact(self) -> None:
        edges = self.many_edges(300)
        self.store.ask(Add(edges))
        list(copy(self.store, self.copied))
        self.assertEqual(self.in_copy(), set(edges))
        self.store.clear()
        list(copy(self.copied, self.store))
        self.assertEqual(set(self.every_edge()), set(edges))
        self.assert_true_counts()
        self.assertEqual(self.differences(), {})

    @needs("supports_policy")
    def test_a_copy_of_blocks(self) -> None:
        """The copy bars the same edges."""
        people = self.people(4)
        edges = [self.edge(a, b) for a in people for b in people if a is not b]
        blocks = [self.edge(a, b, NOON + SECOND, "block") for a, b in pairwise(people)]
        self.store.ask(Add(edges))
        self.store.ask(Block(blocks[:2]))
        self.copied.ask(Add(edges))
        late = blocks[0]._replace(created=NOON)
        self.copied.ask(Block([late, blocks[2]]))
        for source, target in ((self.copied, self.store), (self.store, self.copied)):
            wanted = {edge for found in source.scan() for edge in found}
            list(copy(source, target))
            stored = {edge for found in target.scan() for edge in found}
            self.assertEqual(stored, wanted)
            self.assertEqual(target.ask(Add(edges[:1])), [])
        self.assertEqual(self.differences(), {})
        self.assertEqual(problems_in(self.store.verify()), [])

    def test_a_copy_replaces_what_is_there(self) -> None:
        edges = self.many_edges(200)
        self.store.ask(Add(edges[:150]))
        self.copied.ask(Add([*map(changed, edges[:50]), *edges[100:]]))
        list(copy(self.copied, self.store))
        self.assertEqual(set(self.every_edge()), self.in_copy())
        self.assert_true_counts()

    def test_a_copy_goes_on_behind_a_step(self) -> None:
        edges = self.many_edges(100)
        self.copied.ask(Add(edges))
        self.store.ask(Add([changed(edge) for edge in edges[::7]]))
        with mock.patch.object(comparing, "BATCH_SIZE", 30), without_pauses():
            places = [step.resume for step in copy(self.copied, self.store)]
            self.assertGreater(len(places), 8)
            self.assertIsNone(places[-1])
            for place in places[:-1]:
                self.store.clear()
                list(copy(self.copied, self.store, resume=place))
                self.assertEqual(set(self.every_edge()), set(edges), place)
        for place in ("", "x", "copy", "compare:x", "compare:one:x:", "nowhere:"):
            self.refused(
                InvalidCursor, list, copy(self.copied, self.store, resume=place)
            )

    def test_edges_without_rows_are_left(self) -> None:
        edges = self.many_edges(50)
        self.copied.ask(Add(edges))
        gone = Person.objects.get(pk=edges[0].source.object_id)
        Person.objects.filter(pk=gone.pk)._raw_delete("default")
        with without_pauses():
            steps = list(copy(self.copied, self.store))
        left = {slot for step in steps for slot in step.left}
        stored = set(self.every_edge())
        self.assertEqual(left, {slot_of(edge) for edge in {*edges} - stored})
        if not self.store.supports_integrity:
            self.assertEqual(left, set())

    def test_planted_differences(self) -> None:
        edges = self.many_edges(2000)
        planted = self.plant(edges)
        self.assertEqual(len(planted), 50)
        self.assertEqual(self.differences(), planted)
        with mock.patch.object(comparing, "BATCH_SIZE", 300), without_pauses():
            steps = list(compare(self.store, self.copied))
            self.assertEqual(all_of(iter(steps)), planted)
            searching = [step for step in steps[:-1] if step.part != "digests"]
            for number, step in enumerate(searching[::4]):
                rest = compare(self.store, self.copied, resume=step.resume)
                before = all_of(iter(searching[: 4 * number + 1]))
                self.assertEqual(before | all_of(rest), planted)

    def test_planted_differences_beside_writers(self) -> None:
        """The writers write to one side and then to the other."""
        edges = self.many_edges(1000)
        planted = self.plant(edges)
        star = self.person("star")
        fans = [self.person(f"fan {number}") for number in range(5)]

        def write(number: int) -> None:
            edge = self.edge(random.choice(fans), star, NOON + number * SECOND)
            state, level = random.randrange(8), random.randrange(3)
            edge = edge._replace(state=state, level=level)
            for backend in (get_backend(), self.copied):
                backend.ask(Remove(edge.relation, [Pair(*edge[1:3])]))
                if number % 3:
                    backend.ask(Add([edge]))

        for _ in range(2 * effort()):
            with beside(write):
                self.assertEqual(self.differences(), planted)

    def test_a_copy_beside_writers(self) -> None:
        """The comparison at the end completes the copy."""
        self.store.ask(Add(self.many_edges(600)))
        star = self.person("star")
        fans = [self.person(f"fan {number}") for number in range(20)]

        def write(number: int) -> None:
            fan = random.choice(fans)
            (unfollow if number % 3 == 0 else follow)(fan, star)

        with mock.patch.object(comparing, "BATCH_SIZE", 100):
            steps = copy(self.store, self.copied)
            with beside(write, write):
                for step in steps:
                    # This step is the last one before the comparison begins.
                    if step.resume == f"{COMPARE}:":
                        break
            self.assertEqual([step.left for step in steps if step.left], [])
        self.assertEqual(self.in_copy(), set(self.every_edge()))

    def plant(self, edges: list[Edge]) -> dict[Slot, Difference]:
        """Store `edges` on both sides, with 50 differences between the sides."""
        self.copied.ask(Add(edges))
        self.store.ask(Add(edges))
        chosen = random.sample(edges, 50)
        changes: list[Callable[[Edge], Edge | None]] = [
            lambda edge: None,
            lambda edge: edge._replace(created=edge.created + MICROSECOND),
            lambda edge: edge._replace(state=edge.state ^ 2),
            lambda edge: edge._replace(level=edge.level + 1),
        ]
        planted = {}
        for number, edge in enumerate(chosen):
            change = changes[number % 4](edge)
            backend = self.store if number % 8 < 4 else self.copied
            backend.ask(Remove(edge.relation, [Pair(*edge[1:3])]))
            if change:
                backend.ask(Add([change]))
            both = (change, edge) if number % 8 < 4 else (edge, change)
            planted[slot_of(edge)] = Difference(*both)
        return planted


def changed(edge: Edge) -> Edge:
    return edge._replace(created=edge.created + SECOND, state=edge.state ^ 1)


def all_of(steps: Iterator[comparing.Comparison]) -> dict[Slot, Difference]:
    return {slot: each for step in steps for slot, each in step.differences.items()}
