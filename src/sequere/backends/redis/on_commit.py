"""Writes that wait for the commit of a transaction, and what they answer before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from django.db import connections as databases
from django.db import transaction

from sequere.backends.base import BaseBackend
from sequere.backends.redis.deferral import Deferred
from sequere.backends.redis.keys import Ends, Keys
from sequere.backends.redis.keyspaces import Keyspaces
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.writes import Change, Changes, Which, Writes
from sequere.plans import Plan, drive
from sequere.questions import Accept, Archive, Block, Expire, Forget, Restore
from sequere.times import is_over
from sequere.types import ACTIVE, REQUESTED, Blocked, Edge, Ref

T = TypeVar("T")


class OnCommit(BaseBackend):
    #: The alias of a database, or None: writes are final at once.
    on_commit: str | None
    keyspaces: Keyspaces
    _deferred: Deferred | None

    @property
    def keys(self) -> Keys:
        return self.keyspaces.current().keys

    @property
    def reads(self) -> Reads:
        return self.keyspaces.current().reads

    @property
    def writes(self) -> Writes:
        return self.keyspaces.current().writes

    def when_final(self, callback: Callable[[], Any]) -> None:
        if not self._waits:
            self._deferred = None
            callback()
            return
        # The callback belongs to the write that was deferred just before.
        write, self._deferred = self._deferred, None
        transaction.on_commit(
            lambda: None if write and write.failed else callback(),
            using=self.on_commit,
        )

    @property
    def _waits(self) -> bool:
        alias = self.on_commit
        return alias is not None and databases[alias].in_atomic_block

    def _add_on_commit(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        # The prefix is chosen now: another tenant may be active at the commit.
        writes = self.writes
        new = yield from writes.reads.missing(edges)
        # All edges are deferred: an earlier write can change which edges are new.
        self._defer(writes.add(edges), [Ends(*edge[:3]) for edge in edges])
        return new

    def _remove_on_commit(
        self, every: Sequence[Ends], which: Which
    ) -> Plan[list[Edge]]:
        writes = self.writes
        there = yield from writes.reads.present(every)
        self._defer(writes.remove(every, which), every)
        return [edge for edge in there if str(edge.state) in which.states]

    def _expire_on_commit(self, asked: Expire) -> Plan[list[Edge]]:
        writes, names = self.writes, (asked.relation, asked.ends)
        edges, ends = [[Ends(name, *pair) for pair in asked.pairs] for name in names]
        found = yield from writes.reads.present(ends)
        over = {e[1:3] for e in found if is_over(e.created, asked.moment)}
        there = yield from writes.reads.present(edges)
        plan = writes.expire(*names, asked.pairs, asked.moment)
        self._defer(plan, [*edges, *ends])
        return [edge for edge in there + found if edge[1:3] in over]

    def _forget_on_commit(self, asked: Forget) -> Plan[list[Edge]]:
        writes = self.writes
        there: list[Edge] = []
        if asked.report:
            there = yield from writes.reads.edges_at(asked.refs)
        self._defer(writes.forget(asked.refs, report=False), asked.refs)
        return there

    def _change_on_commit(
        self, asked: Archive | Restore, changes: Changes
    ) -> Plan[list[Edge]]:
        writes, of = self.writes, (asked.relation, asked.ref, changes)
        found: list[Edge] = []
        if asked.report:
            found = yield from writes.changing(*of)
        self._defer(writes.change(*of, report=False), [asked.ref])
        return found

    def _accept_on_commit(
        self, asked: Accept, every: Sequence[Ends], change: Change
    ) -> Plan[list[Edge]]:
        writes = self.writes
        there = yield from writes.reads.present(every)
        self._defer(writes.move(every, change), every)
        return [
            edge._replace(state=ACTIVE, created=asked.created)
            for edge in there
            if edge.state == REQUESTED
        ]

    def _accept_all_on_commit(
        self, asked: Accept, changes: Changes
    ) -> Plan[list[Edge]]:
        writes, of = self.writes, (asked.relation, asked.target, changes)
        found = yield from writes.changing(*of)
        self._defer(writes.change(*of, report=False), [asked.target])
        return [edge._replace(created=asked.created) for edge in found]

    def _set_level_on_commit(
        self, every: Sequence[Ends], level: int
    ) -> Plan[list[Edge]]:
        writes = self.writes
        there = yield from writes.reads.present(every)
        self._defer(writes.set_level(every, level), every)
        return [edge._replace(level=level) for edge in there if edge.level != level]

    def _put_on_commit(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        writes, every = self.writes, [Ends(*edge[:3]) for edge in edges]
        there = set((yield from writes.reads.present(every)))
        self._defer(writes.put(edges), every)
        return [edge for edge in edges if edge not in there]

    def _block_on_commit(self, asked: Block) -> Plan[Blocked]:
        writes = self.writes
        new = yield from writes.reads.missing(asked.edges)
        cut = yield from writes.reads.present(
            [
                Ends(relation, *ends)
                for edge in new
                for relation in asked.barred
                for ends in (edge[1:3], edge[2:0:-1])
            ]
        )
        every = [Ends(*edge[:3]) for edge in asked.edges]
        self._defer(writes.block(asked.edges, asked.barred), every)
        return Blocked(new, cut)

    def _unblock_on_commit(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        writes = self.writes
        there = yield from writes.reads.present(every)
        self._defer(writes.unblock(every), every)
        return there

    def _defer(self, plan: Plan[Any], concerned: Sequence[Ends | Ref]) -> None:
        self._deferred = Deferred(self.alias, partial(self._run, plan), concerned)
        transaction.on_commit(self._deferred, using=self.on_commit)

    def _run(self, plan: Plan[T]) -> T:
        return drive(plan, self._take)
