"""Random calls of the whole public API, compared with the answers of a dict."""

from __future__ import annotations

import os
import random
from datetime import datetime
from typing import Any, TypeAlias

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from sequere.api import (
    archive,
    follow,
    follow_many,
    followings_among,
    restore,
    unfollow,
    unfollow_many,
)
from sequere.declaration import UNTIL
from sequere.exceptions import SelfFollow
from sequere.questions import (
    Accept,
    Add,
    Archive,
    Block,
    Expire,
    Forget,
    Put,
    Remove,
    Restore,
    SetLevel,
    Unblock,
)
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW, MUTE
from sequere.signals import is_heard
from sequere.testing.base import ConformanceCase, effort
from sequere.testing.models import Label, Person
from sequere.testing.questions import Questions
from sequere.testing.world import BARRED, NAMES, PAIRS, RELATIONS, TIMES, WHO, same
from sequere.types import STATES, Edge

EDGES = st.lists(
    st.tuples(WHO, WHO, TIMES, st.integers(0, STATES - 1), st.sampled_from([0, 32767])),
    max_size=6,
)

#: Source, target, time, state and level of each edge.
Drawn: TypeAlias = list[tuple[int, int, datetime, int, int]]

EXAMPLES = 20
STEPS = 20


class Machine(Questions):
    """Make each call on the backend, and the same change in the dict."""

    @rule(who=WHO, other=WHO)
    def follow(self, who: int, other: int) -> None:
        pair = self.pair(who, other)
        if pair.source == pair.target:
            self.case.refused(SelfFollow, follow, *self.both(who, other))
            return
        ends = (FOLLOW.name, *pair)
        is_new = ends not in self.oracle.edges and not self.oracle.is_barred(ends)
        self.equal(follow(*self.both(who, other)), is_new)
        if is_new:
            [since] = followings_among(pair.source, [pair.target]).values()
            self.oracle.add([Edge(FOLLOW.name, *pair, since)])

    @rule(who=WHO, other=WHO)
    def unfollow(self, who: int, other: int) -> None:
        gone = self.oracle.remove(FOLLOW.name, [self.pair(who, other)])
        self.equal(unfollow(*self.both(who, other)), bool(gone))

    @rule(follows=st.lists(st.tuples(WHO, WHO, TIMES), max_size=8))
    def follow_many(self, follows: list[tuple[int, int, datetime]]) -> None:
        chosen = [
            (*self.both(source, target), when)
            for source, target, when in follows
            if self.ref(source) != self.ref(target)
        ]
        edges = [
            Edge(FOLLOW.name, registry.ref(source), registry.ref(target), when)
            for source, target, when in chosen
        ]
        self.equal(same(follow_many(chosen)), self.oracle.add(edges))

    @rule(pairs=PAIRS)
    def unfollow_many(self, pairs: list[tuple[int, int]]) -> None:
        gone = self.oracle.remove(FOLLOW.name, [self.pair(*each) for each in pairs])
        self.equal(same(unfollow_many(self.both(*each) for each in pairs)), gone)

    @rule(relation=RELATIONS, edges=EDGES)
    def add(self, relation: str, edges: Drawn) -> None:
        clean = self.edges(relation, edges)
        self.equal(same(self.store.ask(Add(clean))), self.oracle.add(clean))

    @rule(relation=RELATIONS, pairs=PAIRS)
    def remove(self, relation: str, pairs: list[tuple[int, int]]) -> None:
        every = [self.pair(*each) for each in pairs]
        gone = self.oracle.remove(relation, every)
        self.equal(same(self.store.ask(Remove(relation, every))), gone)

    @precondition(lambda self: self.store.supports_archive)
    @rule(relation=RELATIONS, who=WHO, report=st.booleans())
    def archive(self, relation: str, who: int, report: bool) -> None:
        changed = self.oracle.archive(relation, self.ref(who))
        if relation == FOLLOW.name and not report:
            archive(self.one(who))
            return
        told = self.store.ask(Archive(relation, self.ref(who), report=report))
        self.equal(same(told), changed if report or is_heard() else set())

    @precondition(lambda self: self.store.supports_archive)
    @rule(relation=RELATIONS, who=WHO, report=st.booleans())
    def restore(self, relation: str, who: int, report: bool) -> None:
        changed = self.oracle.restore(relation, self.ref(who))
        if relation == FOLLOW.name and not report:
            restore(self.one(who))
            return
        told = self.store.ask(Restore(relation, self.ref(who), report=report))
        self.equal(same(told), changed if report or is_heard() else set())

    @precondition(lambda self: self.store.supports_policy)
    @rule(
        relation=RELATIONS, pairs=PAIRS, requested=st.sampled_from([None, True, False])
    )
    def remove_some(
        self, relation: str, pairs: list[tuple[int, int]], requested: bool | None
    ) -> None:
        every = [self.pair(*each) for each in pairs]
        gone = self.oracle.remove(relation, every, requested)
        question = Remove(relation, every, requested=requested)
        self.equal(same(self.store.ask(question)), gone)

    @rule(mutes=EDGES, ends=EDGES, pairs=PAIRS, moment=TIMES)
    def expire(
        self, mutes: Drawn, ends: Drawn, pairs: list[tuple[int, int]], moment: datetime
    ) -> None:
        self.add(MUTE.name, mutes)
        self.put(MUTE.name + UNTIL, ends)
        every = [self.pair(*each) for each in pairs]
        gone = self.oracle.expire(MUTE.name, every, moment)
        self.equal(same(self.store.ask(Expire(MUTE.name, every, moment))), gone)

    @precondition(lambda self: self.store.supports_policy)
    @rule(relation=RELATIONS, who=WHO, some=st.none() | st.sets(WHO), when=TIMES)
    def accept(
        self, relation: str, who: int, some: set[int] | None, when: datetime
    ) -> None:
        sources = None if some is None else [*map(self.ref, some)]
        changed = self.oracle.accept(relation, self.ref(who), sources, when)
        question = Accept(relation, self.ref(who), sources, when)
        self.equal(same(self.store.ask(question)), changed)

    @precondition(lambda self: self.store.supports_policy)
    @rule(relation=RELATIONS, pairs=PAIRS, level=st.sampled_from([0, 1, 32767]))
    def set_level(
        self, relation: str, pairs: list[tuple[int, int]], level: int
    ) -> None:
        every = [self.pair(*each) for each in pairs]
        changed = self.oracle.set_level(relation, every, level)
        question = SetLevel(relation, every, level)
        self.equal(same(self.store.ask(question)), changed)

    @rule(relation=RELATIONS, edges=EDGES)
    def put(self, relation: str, edges: Drawn) -> None:
        clean = self.edges(relation, edges)
        self.equal(same(self.store.ask(Put(clean))), self.oracle.put(clean))

    @precondition(lambda self: self.store.supports_policy)
    @rule(pairs=PAIRS, when=TIMES)
    def block(self, pairs: list[tuple[int, int]], when: datetime) -> None:
        every = {self.pair(*each) for each in pairs}
        blocks = [Edge(BLOCK.name, *pair, when) for pair in every if len({*pair}) > 1]
        new, cut = self.oracle.block(blocks)
        answer = self.store.ask(Block(blocks))
        self.equal((same(answer.blocks), same(answer.cut)), (new, cut))

    @precondition(lambda self: self.store.supports_policy)
    @rule(pairs=PAIRS)
    def unblock(self, pairs: list[tuple[int, int]]) -> None:
        every = [self.pair(*each) for each in pairs]
        gone = self.oracle.remove(BLOCK.name, every)
        self.equal(same(self.store.ask(Unblock(every))), gone)

    @rule(some=st.lists(WHO, max_size=3), report=st.booleans())
    def forget(self, some: list[int], report: bool) -> None:
        refs = [self.ref(who) for who in some]
        gone = self.oracle.forget(refs)
        told = self.store.ask(Forget(refs, report=report))
        self.equal(same(told), gone if report or is_heard() else set())

    @rule(who=WHO)
    def delete(self, who: int) -> None:
        """Delete a resource. A new row with the same key must begin without edges."""
        doomed = self.one(who)
        key, model = doomed.pk, type(doomed)
        self.oracle.forget([self.ref(who)])
        doomed.delete()
        self.world[who % len(self.world)] = model._base_manager.create(pk=key)

    @rule(model=st.sampled_from([Person, Label]))
    def delete_many(self, model: Any) -> None:
        doomed = [each for each in self.world if isinstance(each, model)][1:]
        self.oracle.forget(map(registry.ref, doomed))
        model.objects.filter(pk__in=[each.pk for each in doomed]).delete()
        model.objects.bulk_create(doomed)

    def edges(self, relation: str, edges: Drawn) -> list[Edge]:
        return [
            Edge(relation, *self.pair(source, target), when, state, level)
            for source, target, when, state, level in edges
            if self.ref(source) != self.ref(target)
        ]


class MachineTests(ConformanceCase):
    def test_any_calls_in_any_order(self) -> None:
        """Make the same calls each time. With more effort, the calls are random, and
        their seed is printed.
        """

        for name in NAMES:
            self.relation(name, barred=name in BARRED)

        class OwnMachine(Machine):
            case = self

        long = effort() > 1
        if long:
            number = int(
                os.environ.get("SEQUERE_SEED") or random.SystemRandom().getrandbits(32)
            )
            print(f"SEQUERE_SEED={number}")
            seed(number)(OwnMachine)
        run_state_machine_as_test(
            OwnMachine,
            settings=settings(
                max_examples=EXAMPLES * effort(),
                stateful_step_count=STEPS,
                derandomize=not long,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
