"""The hooks for requests, levels and blocks.

A block is an edge, and a bar in the slot of every edge that it keeps out. Whoever
writes a block locks its edge first, and then the slots, in their order: so no bar is
left without its block, and an edge cannot get past one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from sequere.backends.simple.dialect import IS_EDGE, REMOVABLE, Change, Slot
from sequere.backends.simple.guards import guard
from sequere.backends.simple.rows import edges_from
from sequere.backends.simple.store import Engine
from sequere.backends.simple.writing import (
    Writing,
    add_edges,
    delete,
    grouped,
    hold_ends,
    put,
    write,
)
from sequere.batching import batched
from sequere.declaration import BLOCK, MUTE, UNTIL, is_barred
from sequere.questions import Accept, Block, Edges, Put, SetLevel, States, Unblock
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

#: The time and the state of what is in a slot, by the relation and the ends.
Contents = dict[tuple[str, Ref, Ref], tuple[int, int]]
EMPTY = (0, STATES)


class Policy(Writing):
    def _edges(self, asked: Edges) -> dict[Pair, Edge]:
        engine = self._reader()
        return {
            Pair(edge.source, edge.target): edge
            for batch in batched(asked.pairs, BATCH_SIZE)
            for edge in edges_from(
                row[1:]
                for row in taken(engine, [(asked.relation, *pair) for pair in batch])
                if row[7] < STATES
            )
        }

    def _states(self, asked: States) -> dict[Ref, FollowState]:
        """One query for each 5,000 of `others`: bars tell of blocks."""
        engine, viewer = self._reader(), asked.ref
        relation, reads_mutes = asked.relation, is_barred(asked.relation)
        found: dict[Ref, FollowState] = {}
        for others in batched(asked.others, BATCH_SIZE):
            slots = [(relation, viewer, other) for other in others]
            slots += [(relation, other, viewer) for other in others]
            if reads_mutes:
                slots += [(MUTE, viewer, other) for other in others]
                slots += [(MUTE + UNTIL, viewer, other) for other in others]
            held = {
                (row[1], Ref(row[2], row[3]), Ref(row[4], row[5])): (row[6], row[7])
                for row in taken(engine, slots)
            }
            found.update(
                (other, state_of(held, relation, viewer, other, reads_mutes))
                for other in {end for slot in held for end in slot[1:]} - {viewer}
            )
        return found

    def _accept(self, asked: Accept) -> list[Edge]:
        """Of `sources`: one statement; on MariaDB, a few, in a transaction. Of all:
        two, in a transaction.
        """
        engine, target = self._writer(), asked.target
        created = [to_microseconds(asked.created)]
        if asked.sources is not None:
            one = Change("state = 0, created = %s", created, f"state = {REQUESTED}")
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
        is_other = f"{IS_EDGE} AND level <> {int(asked.level)}"
        level = Change("level = %s", [asked.level], is_other)
        return change(self._writer(), asked.relation, asked.pairs, level)

    def _put(self, asked: Put) -> list[Edge]:
        """As Add; and on SQLite and MariaDB, where it is never one statement, in a
        transaction.
        """
        engine, edges = self._writer(), asked.edges
        ends = ((edge.relation, edge.source, edge.target) for edge in edges)
        hold = partial(hold_ends, engine, edges)
        work = partial(write, engine, grouped(ends, edges), put, hold)
        return engine.atomically(work) if engine.dialect.puts_in_steps else work()

    def _block(self, asked: Block) -> Blocked:
        """In a transaction: one statement that adds the blocks, one that bars, and one
        more if a block cuts something or is there already.
        """
        engine = self._writer()

        def work() -> Blocked:
            new = add_edges(engine, asked.edges)
            if len(new) < len(asked.edges):
                # A block that is there must not go before this transaction ends.
                hold_blocks(engine, {edge[:3] for edge in asked.edges} - ends_of(new))
            return Blocked(new, bar(engine, new, asked.barred))

        return engine.atomically(work)

    def _unblock(self, asked: Unblock) -> list[Edge]:
        """In a transaction: one statement that removes the blocks; and, if there were
        some, one that locks the bars, and one or two that lift them.
        """
        engine = self._writer()
        ends = ((BLOCK, *pair) for pair in asked.pairs)
        remove = partial(delete, condition=REMOVABLE[None])

        def work() -> list[Edge]:
            gone = write(engine, grouped(ends, asked.pairs), remove)
            lift(engine, gone, asked.barred)
            return gone

        return engine.atomically(work)

    def renew_bars(self, barred: Sequence[str], blocks: Iterable[Edge]) -> list[Edge]:
        """Bar again what these blocks bar, as far as they are still there, and return
        the edges that were beside them: for a relation that is declared `barred` later,
        and for blocks that others have written into the table.
        """
        engine = self._writer()

        def work() -> list[Edge]:
            there = hold_blocks(engine, ends_of(blocks))
            return bar(engine, there, barred)

        return engine.atomically(work)


def ends_of(edges: Iterable[Edge]) -> set[tuple[str, Ref, Ref]]:
    return {edge[:3] for edge in edges}


def slot_of(relation: str, source: Ref, target: Ref) -> Slot:
    return Slot.of(relation, Pair(source, target))


def taken(
    engine: Engine, ends: Iterable[tuple[str, Ref, Ref]]
) -> list[tuple[Any, ...]]:
    """What is in these slots: rows `(id, *COLUMNS)`."""
    return engine.read(engine.dialect.taken([slot_of(*each) for each in ends]))


def state_of(
    held: Contents, relation: str, viewer: Ref, other: Ref, reads_mutes: bool
) -> FollowState:
    since, state = held.get((relation, viewer, other), EMPTY)
    back_since, back = held.get((relation, other, viewer), EMPTY)
    _, mute = held.get((MUTE, viewer, other), EMPTY)
    until, has_end = held.get((MUTE + UNTIL, viewer, other), EMPTY)
    is_muted = reads_mutes and mute == ACTIVE
    return FollowState(
        from_microseconds(since) if state == ACTIVE else None,
        from_microseconds(back_since) if back == ACTIVE else None,
        state == REQUESTED,
        back == REQUESTED,
        state & SOURCE_BARS > 0,
        state & TARGET_BARS > 0,
        is_muted,
        from_microseconds(until) if is_muted and has_end == ACTIVE else None,
    )


def change(
    engine: Engine, relation: str, pairs: Iterable[Pair], change: Change
) -> list[Edge]:
    """Change edges, and return those that changed."""
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
    """Let all who add an edge to `ref` finish, and others wait."""
    table, key = guard(ref.identifier, engine.alias)
    if table:
        engine.dialect.hold_end(engine.run, table, ref.object_id, key(ref.object_id))


def hold_blocks(engine: Engine, ends: Iterable[tuple[str, Ref, Ref]]) -> list[Edge]:
    """Lock the blocks with these ends, and return those that are there."""
    slots = sorted(slot_of(*each) for each in ends)
    return [
        edge
        for batch in batched(slots, BATCH_SIZE)
        for edge in edges_from(
            row[1:] for row in engine.run(engine.dialect.taken(batch, lock=True))
        )
    ]


def bits_of(blocks: Iterable[Edge], barred: Sequence[str]) -> dict[Slot, int]:
    """By which bits these blocks bar each slot; in the order of slots."""
    found: dict[Slot, int] = defaultdict(int)
    for _, source, target, *_ in blocks:
        for relation in barred:
            found[slot_of(relation, source, target)] |= SOURCE_BARS
            found[slot_of(relation, target, source)] |= TARGET_BARS
    return dict(sorted(found.items()))


def bar(engine: Engine, blocks: Iterable[Edge], barred: Sequence[str]) -> list[Edge]:
    """Bar all slots of these blocks, and return the edges that were in them."""
    dialect, run, bits = engine.dialect, engine.run, bits_of(blocks, barred)
    cut: list[Edge] = []
    for batch in batched(bits, dialect.batch_size):
        changed: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in dialect.occupy(run, batch, [bits[slot] for slot in batch]):
            old = row[7]
            # Nothing of an edge stays, or unblock would bring it back.
            state = bits[slot_in(row)] | (old if old >= STATES else 0)
            if state != old:
                changed[state].append(row)
        for state, rows in sorted(changed.items()):
            dialect.bar(run, rows, state)
            cut += edges_from(row[1:] for row in rows if row[7] < STATES)
    return cut


def lift(engine: Engine, blocks: Iterable[Edge], barred: Sequence[str]) -> None:
    """Undo bar(). Another block between the same ends goes on to bar."""
    dialect, run, bits = engine.dialect, engine.run, bits_of(blocks, barred)
    for batch in batched(bits, dialect.batch_size):
        left: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        # Locked before they are looked at: two may unblock each other at once.
        for row in run(dialect.taken(batch, lock=True)):
            if row[7] >= STATES:
                left[row[7] & ~bits[slot_in(row)]].append(row)
        for state, rows in sorted(left.items()):
            if state:
                dialect.bar(run, rows, state)
            else:
                dialect.lift(run, rows)


def slot_in(row: Sequence[Any]) -> Slot:
    _, relation, source, source_id, target, target_id, *_ = row
    return Slot(relation, source, target, source_id, target_id)
