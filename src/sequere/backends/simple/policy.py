"""The hooks for requests, levels and blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from sequere.backends.simple import queries
from sequere.backends.simple.bars import bar, ends_of, hold_blocks, lift
from sequere.backends.simple.dialect import Change, Slot
from sequere.backends.simple.guards import guard
from sequere.backends.simple.rows import edges_from
from sequere.backends.simple.store import Engine
from sequere.backends.simple.writing import (
    Writing,
    add_edges,
    grouped,
    hold_ends,
    put,
    remove_edges,
    write,
)
from sequere.batching import batched
from sequere.declaration import BLOCK, is_barred
from sequere.questions import (
    STRANGERS,
    Accept,
    Block,
    Edges,
    Put,
    SetLevel,
    States,
    Unblock,
)
from sequere.times import from_microseconds, to_microseconds
from sequere.types import (
    ACTIVE,
    REQUESTED,
    SOURCE_BARS,
    STATES,
    TARGET_BARS,
    Blocked,
    Edge,
    FollowState,
    Pair,
    Ref,
)

BATCH_SIZE = 5000
REQUESTS = "state IN (1, 3, 5, 7)"


class Policy(Writing):
    def _edges(self, asked: Edges) -> dict[Pair, Edge]:
        engine = self._reader()
        slots = [Slot.of(asked.relation, pair) for pair in asked.pairs]
        return {
            Pair(edge.source, edge.target): edge
            for batch in batched(slots, BATCH_SIZE)
            for edge in edges_from(
                row[1:]
                for row in engine.dialect.taken(engine.read, batch)
                if row[7] < STATES
            )
        }

    def _states(self, asked: States) -> dict[Ref, FollowState]:
        """One query for each 5,000 of `others`. Bars show the blocks."""
        engine, relation = self._reader(), asked.relation
        return {
            Ref(identifier, object_id): state_of(*slots)
            for others in batched(asked.others, BATCH_SIZE)
            for identifier, object_id, *slots in engine.read(
                queries.states(
                    engine.dialect,
                    relation,
                    asked.ref,
                    others,
                    mutes=is_barred(relation),
                )
            )
        }

    def _accept(self, asked: Accept) -> list[Edge]:
        """With `sources`, one statement; on MariaDB, a few, in a transaction. For all
        sources, two statements in a transaction.
        """
        engine, target = self._writer(), asked.target
        created = [to_microseconds(asked.created)]
        if asked.sources is not None:
            one = Change("state = 0, created = %s", created, f"state + 0 = {REQUESTED}")
            pairs = (Pair(source, target) for source in asked.sources)
            return change(engine, asked.relation, pairs, one)
        every = Change("state = state - 1, created = %s", created, REQUESTS)

        def work() -> list[Edge]:
            hold_end(engine, target)
            dialect = engine.dialect
            return edges_from(
                dialect.change_to(engine.run, asked.relation, target, every)
            )

        return engine.atomically(work)

    def _set_level(self, asked: SetLevel) -> list[Edge]:
        is_other = f"state < {STATES} AND level <> {int(asked.level)}"
        level = Change("level = %s", [asked.level], is_other)
        return change(self._writer(), asked.relation, asked.pairs, level)

    def _put(self, asked: Put) -> list[Edge]:
        """The cost is that of Add; on SQLite and MariaDB, where a put is never one
        statement, the put runs in a transaction.
        """
        engine, edges = self._writer(), asked.edges
        ends = ((edge.relation, edge.source, edge.target) for edge in edges)
        hold = partial(hold_ends, engine, edges)
        work = partial(write, engine, grouped(ends, edges), put, hold)
        return engine.atomically(work) if engine.dialect.puts_in_steps else work()

    def _block(self, asked: Block) -> Blocked:
        """In a transaction, one statement adds the blocks, one adds the bars, and one
        more runs if a block cuts an edge or exists already.
        """
        engine = self._writer()

        def work() -> Blocked:
            new = add_edges(engine, asked.edges)
            if len(new) < len(asked.edges):
                # An existing block must not be removed before this transaction ends.
                hold_blocks(engine, {edge[:3] for edge in asked.edges} - ends_of(new))
            return Blocked(new, bar(engine, new, asked.barred))

        return engine.atomically(work)

    def _unblock(self, asked: Unblock) -> list[Edge]:
        """In a transaction, one statement removes the blocks. If there were blocks, one
        more statement locks the bars, and one or two statements lift them.
        """
        engine = self._writer()

        def work() -> list[Edge]:
            gone = remove_edges(engine, BLOCK, asked.pairs)
            lift(engine, gone, asked.barred)
            return gone

        return engine.atomically(work)

    def unbarred(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]:
        """One query for each 5,000 slots."""
        engine = self._reader()
        bars = {
            slot: (block, bit)
            for block in blocks
            for relation in barred
            for slot, bit in (
                ((relation, block.source, block.target), SOURCE_BARS),
                ((relation, block.target, block.source), TARGET_BARS),
            )
        }
        slots = [Slot.of(relation, Pair(*ends)) for relation, *ends in bars]
        states = {
            (row[1], Ref(*row[2:4]), Ref(*row[4:6])): row[7]
            for batch in batched(slots, BATCH_SIZE)
            for row in engine.dialect.taken(engine.read, batch)
        }
        missing = {
            block: None
            for slot, (block, bit) in bars.items()
            if not states.get(slot, ACTIVE) & bit
        }
        return list(missing)

    def bar_again(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]:
        """Only existing blocks bar. This serves relations that are declared `barred`
        later, and blocks that were written into the table by hand.
        """
        engine = self._writer()

        def work() -> list[Edge]:
            there = hold_blocks(engine, ends_of(blocks))
            return bar(engine, there, barred)

        return engine.atomically(work)


def state_of(
    there: int | None, back: int | None, muted_until: int | None = None
) -> FollowState:
    """See queries.states()."""
    if there is back is muted_until is None:
        return STRANGERS
    since, state = content_of(there)
    back_since, back_state = content_of(back)
    return FollowState(
        since,
        back_since,
        state == REQUESTED,
        back_state == REQUESTED,
        state & SOURCE_BARS > 0,
        state & TARGET_BARS > 0,
        muted_until is not None,
        None if muted_until is None else content_of(muted_until)[0],
    )


def content_of(slot: int | None) -> tuple[datetime | None, int]:
    """Return the time of an active edge, and the state of another edge or of a bar."""
    if slot is None:
        return None, ACTIVE
    if slot < queries.FOREVER:
        return from_microseconds(slot), ACTIVE
    return None, slot - queries.FOREVER


def change(
    engine: Engine, relation: str, pairs: Iterable[Pair], change: Change
) -> list[Edge]:
    """Change edges, and return the changed edges."""
    dialect = engine.dialect
    slots = sorted(Slot.of(relation, pair) for pair in pairs)
    batches = list(batched(slots, BATCH_SIZE))

    def work() -> list[Edge]:
        return [
            edge
            for batch in batches
            for edge in edges_from(dialect.change(engine.run, batch, change))
        ]

    if len(batches) > 1 or dialect.writes_in_steps:
        return engine.atomically(work)
    return engine.retry(work)


def hold_end(engine: Engine, ref: Ref) -> None:
    """Wait for the writers that add an edge to `ref`, and make new writers wait."""
    table, key = guard(ref.identifier, engine.alias)
    if table:
        engine.dialect.hold_end(engine.run, table, ref.object_id, key(ref.object_id))
