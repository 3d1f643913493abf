"""Blocks and requests meet other calls between their steps, in every order, and die."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from sequere.backends.redis.keys import Ends
from sequere.backends.redis.writes import ARCHIVE, REQUESTS, Change
from sequere.declaration import BLOCK, barred_relations
from sequere.questions import Add, Block, Edges, Forget
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, SECOND
from sequere.testing.oracle import Oracle
from sequere.times import to_microseconds
from sequere.types import Edge, Pair, Ref
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import RedisCase, without_pauses
from tests.backends.redis.servers import IS_CLUSTER
from tests.problems import problems_in

A, B = Ref("person", "1"), Ref("tag", "2<>2")
LATER = NOON + SECOND
PAIRS = [Pair(A, B), Pair(B, A)]

FORWARD = Edge(FOLLOW.name, A, B, NOON)
BACKWARD = Edge(FOLLOW.name, B, A, NOON, 2, 3)
#: The edges at the start of a test.
STARTS: list[list[Edge]] = [
    [],
    [FORWARD, BACKWARD],
    [FORWARD._replace(state=1), BACKWARD],
    [Edge(BLOCK, B, A, NOON)],
    [Edge(BLOCK, A, B, NOON), Edge(BLOCK, B, A, NOON)],
]
REQUESTS_TO_B = {"followers": Change(0, 1, REQUESTS, str(to_microseconds(LATER)))}


def plans(writes: Any) -> dict[str, Callable[[], Any]]:
    new = FORWARD._replace(created=LATER)
    barred = barred_relations()
    return {
        "add": lambda: writes.add([new]),
        "put": lambda: writes.put([new._replace(level=5)]),
        "remove": lambda: writes.remove([Ends(*FORWARD[:3])]),
        "block by A": lambda: writes.block([Edge(BLOCK, A, B, LATER)], barred),
        "block by B": lambda: writes.block([Edge(BLOCK, B, A, LATER)], barred),
        "unblock by A": lambda: writes.unblock([Ends(BLOCK, A, B)]),
        "unblock by B": lambda: writes.unblock([Ends(BLOCK, B, A)]),
        "accept": lambda: writes.change(FOLLOW.name, B, REQUESTS_TO_B, report=True),
        "archive A": lambda: writes.change(FOLLOW.name, A, ARCHIVE, report=True),
        "forget A": lambda: writes.forget([A], report=True),
        "forget B": lambda: writes.forget([B], report=True),
    }


def do(oracle: Oracle, name: str) -> Any:
    """Return the answer of a call that runs alone."""
    new = FORWARD._replace(created=LATER)
    match name.partition(" by ")[::2]:
        case "block", who:
            pair = PAIRS[0] if who == "A" else PAIRS[1]
            return oracle.block([Edge(BLOCK, *pair, LATER)])
        case "unblock", who:
            return oracle.remove(BLOCK, [PAIRS[0] if who == "A" else PAIRS[1]])
    match name:
        case "add":
            return oracle.add([new])
        case "put":
            return oracle.put([new._replace(level=5)])
        case "remove":
            return oracle.remove(FOLLOW.name, PAIRS[:1])
        case "accept":
            return oracle.accept(FOLLOW.name, B, None, LATER)
        case "archive A":
            return oracle.archive(FOLLOW.name, A)
        case "forget A":
            return oracle.forget([A])
    return oracle.forget([B])


SLOTS = [(relation, *pair) for relation in (FOLLOW.name, BLOCK) for pair in PAIRS]
NAMES = list(plans(None))
POLICY = [name for name in NAMES if "block" in name or name in ("accept", "put")]


def of_slot(seen: Any, ends: tuple[Any, ...] | None) -> Any:
    """Return the part of `seen` that is about one slot, or all of it for None."""
    if ends is None:
        return seen
    if isinstance(seen, set):
        return {edge for edge in seen if edge[:3] == ends}
    return type(seen)(of_slot(each, ends) for each in seen)


def as_sets(answer: Any) -> Any:
    """Return answers without their order."""
    if isinstance(answer, tuple):
        return tuple(map(set, answer))
    return set(answer)


class PolicyStepCase(RedisCase):
    def begin(self, start: list[Edge]) -> None:
        self.store.ask(Forget([A, B]))
        for edge in start:
            self.store.ask(Block([edge]) if edge.relation == BLOCK else Add([edge]))

    def stored(self) -> set[Edge]:
        found: set[Edge] = set()
        for relation in (FOLLOW.name, BLOCK):
            found |= set(self.store.ask(Edges(relation, PAIRS)).values())
        return found

    def steps(self, name: str, answer: list[Any]) -> Iterator[None]:
        """Stop before each exchange with the servers."""
        plan = plans(self.store.writes)[name]()
        try:
            exchange = next(plan)
            while True:
                yield
                # Nobody else moves during a pause.
                exchange = plan.send(self.store._take(exchange._replace(pause=0)))
        except StopIteration as done:
            answer.append(as_sets(done.value))


class PolicyInterleavingTests(PolicyStepCase):
    """Answers and stored edges agree with some order of the two calls."""

    def turns(self) -> Iterator[tuple[int, ...]]:
        steps = 3 if IS_CLUSTER else 2
        for firsts in combinations(range(2 * steps), steps):
            yield tuple(int(place not in firsts) for place in range(2 * steps))

    def test_each_pair_of_calls(self) -> None:
        for number, name in enumerate(POLICY):
            for other in [*POLICY[number:], *(n for n in NAMES if n not in POLICY)]:
                with self.subTest(pair=(name, other)):
                    self.check(name, other)

    def check(self, *names: str) -> None:
        for start in STARTS[1:4] if IS_CLUSTER else STARTS:
            expected = [*self.explained(start, names), *self.explained(start, names, 1)]
            for turns in self.turns():
                self.begin(start)
                found = self.interleave(names, turns), self.stored()
                # In a cluster, each slot of a pair may see the two calls in another
                # order.
                for ends in SLOTS if IS_CLUSTER else [None]:
                    wanted = [of_slot(each, ends) for each in expected]
                    self.assertIn(of_slot(found, ends), wanted, (start, turns))

    def explained(
        self, start: list[Edge], names: tuple[str, ...], first: int = 0
    ) -> list[tuple[list[Any], set[Edge]]]:
        oracle = Oracle()
        oracle.edges = {edge[:3]: edge for edge in start}
        answers: list[Any] = [None, None]
        for which in (first, 1 - first):
            answers[which] = as_sets(do(oracle, names[which]))
        return [(answers, set(oracle.edges.values()))]

    def interleave(self, names: tuple[str, ...], turns: tuple[int, ...]) -> list[Any]:
        answers: list[list[Any]] = [[] for _ in names]
        calls = [self.steps(*each) for each in zip(names, answers, strict=True)]
        for turn in turns:
            next(calls[turn], None)
        for call in calls:
            for _ in call:
                pass
        return [answer for [answer] in answers]


class PolicyStandstillTests(PolicyStepCase):
    """A block stands still for so long that another call takes its writer for dead."""

    def test_each_edge_that_is_cut_is_told_once(self) -> None:
        for name in ("forget A", "forget B"):
            for steps in (1, 2, 3):
                with self.subTest(name=name, steps=steps):
                    self.begin([FORWARD, BACKWARD])
                    blocked: list[Any] = []
                    block = self.steps("block by A", blocked)
                    for _ in range(steps):
                        next(block, None)
                    forgotten: list[Any] = []
                    for _ in (*self.steps(name, forgotten), *block):
                        pass
                    [(_, cut)], [gone] = blocked, forgotten
                    told = [each for each in (*cut, *gone) if each.relation != BLOCK]
                    self.assertCountEqual(told, [FORWARD, BACKWARD])
                    self.assertEqual(audit(self.store), set())


class PolicyDeathTests(PolicyStepCase):
    """A call dies after any of its steps."""

    @without_pauses()
    def test_repair_finishes_what_died(self) -> None:
        for name in NAMES:
            for start in STARTS:
                for steps in self.deaths(start, name):
                    with self.subTest(name=name, start=start, steps=steps):
                        wrong = audit(self.store)
                        found = {p.where for p in problems_in(self.store.verify())}
                        self.assertLessEqual({w for w in wrong if " -> " in w}, found)
                        list(self.store.repair())
                        self.assertEqual(audit(self.store), set())
                        self.assertEqual(problems_in(self.store.verify()), [])

    def test_a_repeated_call_finishes_what_died(self) -> None:
        for name in NAMES:
            for start in STARTS:
                oracle = Oracle()
                oracle.edges = {edge[:3]: edge for edge in start}
                do(oracle, name)
                for steps in self.deaths(start, name):
                    with self.subTest(name=name, start=start, steps=steps):
                        for _ in self.steps(name, []):
                            pass
                        self.assertEqual(self.stored(), set(oracle.edges.values()))

    def deaths(self, start: list[Edge], name: str) -> Iterator[int]:
        for steps in range(1, 12):
            self.begin(start)
            call = self.steps(name, [])
            if not all(next(call, self) is not self for _ in range(steps + 1)):
                return
            yield steps
