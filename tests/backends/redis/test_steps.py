"""Calls meet between the steps of other calls, in every order, and die."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Any
from unittest import mock

from sequere.backends.redis.keys import Ends, bucket_of
from sequere.backends.redis.protocol import Command
from sequere.backends.redis.slots import Found
from sequere.backends.redis.writes import ARCHIVE, RESTORE
from sequere.plans import drive
from sequere.questions import Add, Archive, Counts, Forget, Restore
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, SECOND
from sequere.types import Edge, Ref
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import RedisCase, without_pauses
from tests.backends.redis.servers import IS_CLUSTER
from tests.problems import problems_in

A, B = Ref("person", "1"), Ref("tag", "2")
EDGE = Edge(FOLLOW.name, A, B, NOON)
LATER = EDGE._replace(created=NOON + SECOND)

#: The answer of a call, and the edge that it leaves in the slot, or None.
Model = Callable[[Edge | None], tuple[Any, Edge | None]]


def add(slot: Edge | None) -> tuple[Any, Edge | None]:
    return ([], slot) if slot else ([LATER], LATER)


def remove(slot: Edge | None) -> tuple[Any, Edge | None]:
    return [slot] if slot else [], None


def change(changes: Any, end: Ref) -> Model:
    direction = "followings" if end == A else "followers"

    def model(slot: Edge | None) -> tuple[Any, Edge | None]:
        if slot is None:
            return [], None
        moved = slot._replace(state=changes[direction].of(slot.state))
        return [moved] if moved != slot else [], moved

    return model


MODELS: dict[str, Model] = {
    "add": add,
    "remove": remove,
    "archive source": change(ARCHIVE, A),
    "archive target": change(ARCHIVE, B),
    "restore source": change(RESTORE, A),
    "restore target": change(RESTORE, B),
    "forget source": remove,
    "forget target": remove,
}
# Some edges are archived already when a call sets or clears these bits.
STARTS = [None, EDGE, EDGE._replace(state=2), EDGE._replace(state=4, level=3)]


class StepCase(RedisCase):
    def plan_of(self, name: str) -> Any:
        writes = self.store.writes
        verb, _, which = name.partition(" ")
        end = A if which == "source" else B
        match verb:
            case "add":
                return writes.add([LATER])
            case "remove":
                return writes.remove([Ends(FOLLOW.name, A, B)])
            case "forget":
                return writes.forget([end], report=True)
        changes = ARCHIVE if verb == "archive" else RESTORE
        return writes.change(FOLLOW.name, end, changes, report=True)

    def begin(self, start: Edge | None) -> None:
        self.store.ask(Forget([A, B]))
        if start:
            self.store.ask(Add([start]))

    def stored(self) -> Edge | None:
        """Return the edge, which both sides must agree on."""
        ends = Ends(FOLLOW.name, A, B)
        sides = [ends.forward, ends.reverse]
        forward, reverse = self.store._run(self.store.writes.reads.slots(sides))
        assert forward
        assert reverse
        self.assertEqual(forward.scores, reverse.scores)
        for state, score in forward.scores.items():
            self.assertEqual(len(forward.scores), 1)
            return Found(ends, score, state, forward.level).edge("default")
        self.assertEqual(forward.level, 0)
        return None

    def steps(self, plan: Any, answer: list[Any]) -> Iterator[None]:
        """Stop before each exchange with the servers."""
        store = self.store
        try:
            exchange = next(plan)
            while True:
                yield
                exchange = plan.send(store._take(exchange))
        except StopIteration as done:
            answer += done.value

    def interleave(self, names: Sequence[str], turns: Sequence[int]) -> list[list[Any]]:
        """Run the steps of both calls in the order of `turns`, then the remaining
        steps.
        """
        answers: list[list[Any]] = [[] for _ in names]
        plans = [
            self.steps(self.plan_of(name), answer)
            for name, answer in zip(names, answers, strict=True)
        ]
        for turn in turns:
            next(plans[turn], None)
        for plan in plans:
            for _ in plan:
                pass
        return answers


class InterleavingTests(StepCase):
    """Answers and stored edges agree with some order of the calls."""

    lost = 0

    def turns(self) -> Iterator[tuple[int, ...]]:
        """Yield every order of the first steps of two calls."""
        # A call begins with a look, and the steps of a write follow.
        steps = 4 if IS_CLUSTER else 2
        for firsts in combinations(range(2 * steps), steps):
            yield tuple(int(place not in firsts) for place in range(2 * steps))

    def explained(
        self, start: Edge | None, names: Sequence[str]
    ) -> list[tuple[list[Any], Edge | None]]:
        found = []
        for order in ((0, 1), (1, 0)):
            slot = start
            answers: list[list[Any]] = [[], []]
            for which in order:
                answers[which], slot = MODELS[names[which]](slot)
            found.append((answers, slot))
        return found

    def check(self, names: Sequence[str]) -> None:
        for start in STARTS:
            expected = self.explained(start, names)
            for turns in self.turns():
                self.begin(start)
                answers = self.interleave(names, turns)
                told = names, start, turns
                self.assertIn((answers, self.stored()), expected, told)

    def test_archive(self) -> None:
        for end in ("source", "target"):
            for other in ("add", "remove", "restore source", "restore target"):
                self.check([f"archive {end}", other])

    def test_both_ends_are_archived_at_once(self) -> None:
        self.check(["archive source", "archive target"])
        self.check(["archive source", "archive source"])
        self.check(["restore source", "restore target"])

    def test_restore(self) -> None:
        for end in ("source", "target"):
            for other in ("add", "remove"):
                self.check([f"restore {end}", other])

    def test_forget(self) -> None:
        for end in ("source", "target"):
            for other in ("add", "remove", "archive source", "restore target"):
                self.check([f"forget {end}", other])

    def test_fences_are_lost_at_any_time(self) -> None:
        """A policy that begins with `volatile-` evicts keys that would expire."""
        with mock.patch.object(self.store, "_take", self.take_without_fences):
            for other in ("add", "remove"):
                self.check(["archive target", other])
        self.assertEqual(audit(self.store), set())
        self.assertEqual(self.lost > 0, IS_CLUSTER)

    def take_without_fences(self, step: Any) -> Any:
        store = self.store
        buckets = {bucket_of(ref) for ref in (A, B)}
        fences = [(each, store.keys.shared(each, "fences")) for each in buckets]
        commands = [Command(bucket, ("DEL", key)) for bucket, key in fences]
        take = partial(type(store)._take, store)
        self.lost += sum(drive(store.router.deliver(commands, write=True), take))
        return take(step)


class DeathTests(StepCase):
    """A call dies after any of its steps."""

    def die(self, name: str, steps: int) -> bool:
        """Return whether the call died before its end."""
        answer: list[Any] = []
        plan = self.steps(self.plan_of(name), answer)
        return all(next(plan, self) is not self for _ in range(steps + 1))

    def deaths(self, start: Edge | None, name: str) -> Iterator[int]:
        for steps in range(1, 10):
            self.begin(start)
            if not self.die(name, steps):
                return
            yield steps

    @without_pauses()
    def test_repair_finishes_what_died(self) -> None:
        for name, model in MODELS.items():
            for start in STARTS:
                for steps in self.deaths(start, name):
                    with self.subTest(name=name, start=start, steps=steps):
                        wrong = audit(self.store)
                        found = {p.where for p in problems_in(self.store.verify())}
                        self.assertEqual(bool(found), bool(wrong))
                        list(self.store.repair())
                        self.assertEqual(audit(self.store), set())
                        self.assertEqual(problems_in(self.store.verify()), [])
                        self.assertIn(self.stored(), [start, model(start)[1]])

    def test_a_repeated_call_finishes_what_died(self) -> None:
        for name, model in MODELS.items():
            for start in STARTS:
                for steps in self.deaths(start, name):
                    with self.subTest(name=name, start=start, steps=steps):
                        self.store._run(self.plan_of(name))
                        self.assertEqual(self.stored(), model(start)[1])
                        # A target does not know which sources have an intent.
                        if name != "forget target":
                            self.assertEqual(audit(self.store), set())

    def test_the_opposite_call_finishes_what_died(self) -> None:
        """Otherwise the next repair would hide the edge, or show it again."""
        for verb, opposite in (("archive", "restore"), ("restore", "archive")):
            for end in ("source", "target"):
                for start in STARTS[1:]:
                    for steps in self.deaths(start, f"{verb} {end}"):
                        with self.subTest(verb=verb, start=start, steps=steps):
                            self.store._run(self.plan_of(f"{opposite} {end}"))
                            expected = MODELS[f"{opposite} {end}"](
                                MODELS[f"{verb} {end}"](start)[1]
                            )[1]
                            self.assertEqual(self.stored(), expected)
                            self.assertEqual(audit(self.store), set())


class LongListTests(StepCase):
    """Edges are moved in batches, and each edge is moved once."""

    def count(self) -> int:
        return self.store.ask(Counts(FOLLOW.name, [A], "followings"))[A]

    def test_everything_is_met_in_small_steps(self) -> None:
        others = [Ref("tag", str(number)) for number in range(50)]
        # Many edges have the same time.
        edges = [
            Edge(FOLLOW.name, A, other, NOON + (number // 9) * SECOND)
            for number, other in enumerate(others)
        ]
        self.store.ask(Add(edges))
        with mock.patch("sequere.backends.redis.reads.WALK_SIZE", 4):
            plan = self.store.writes.change(FOLLOW.name, A, ARCHIVE, report=True)
            moved: list[Any] = []
            for number, _ in enumerate(self.steps(plan, moved)):
                if number in range(3, 9):
                    # Meanwhile, some edges are moved by another call, and some are new.
                    self.store.ask(Archive(FOLLOW.name, others[5 * number]))
                    new = Ref("tag", f"new {number}")
                    self.store.ask(Add([Edge(FOLLOW.name, A, new, NOON + 99 * SECOND)]))
        self.assertEqual(len(moved), len({edge[:3] for edge in moved}))
        self.assertEqual({edge.target for edge in moved}, set(others))
        self.assertEqual(self.count(), 6)
        self.store.ask(Restore(FOLLOW.name, A))
        for other in others:
            self.store.ask(Restore(FOLLOW.name, other))
        self.assertEqual(self.count(), 56)
        self.assertEqual(audit(self.store), set())
