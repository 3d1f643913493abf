"""Bars in the slots of the edges that a block keeps out.

A writer of a block first locks the block's edge, and then the slots, in their order: so
no bar is left without its block, and no edge gets past a block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sequere.backends.simple.dialect import Slot
from sequere.backends.simple.rows import edges_from
from sequere.backends.simple.store import Engine
from sequere.batching import batched
from sequere.declaration import BLOCK
from sequere.types import SOURCE_BARS, STATES, TARGET_BARS, Edge, Pair, Ref


def ends_of(edges: Iterable[Edge]) -> set[tuple[str, Ref, Ref]]:
    return {edge[:3] for edge in edges}


def slot_of(relation: str, source: Ref, target: Ref) -> Slot:
    return Slot.of(relation, Pair(source, target))


def hold_blocks(engine: Engine, ends: Iterable[tuple[str, Ref, Ref]]) -> list[Edge]:
    """Lock the blocks with these ends, and return the blocks that exist."""
    dialect, slots = engine.dialect, sorted(slot_of(*each) for each in ends)
    return [
        edge
        for batch in batched(slots, dialect.batch_size)
        for edge in edges_from(
            row[1:] for row in dialect.taken(engine.run, batch, lock=True)
        )
    ]


def bits_of(blocks: Iterable[Edge], barred: Sequence[str]) -> dict[Slot, int]:
    """Return the bits by which these blocks bar each slot, in the order of slots."""
    found: dict[Slot, int] = defaultdict(int)
    for _, source, target, *_ in blocks:
        for relation in barred:
            found[slot_of(relation, source, target)] |= SOURCE_BARS
            found[slot_of(relation, target, source)] |= TARGET_BARS
    return dict(sorted(found.items()))


def bar(engine: Engine, blocks: Iterable[Edge], barred: Sequence[str]) -> list[Edge]:
    """Bar all slots of these blocks, and return the edges that were in the slots."""
    dialect, run, bits = engine.dialect, engine.run, bits_of(blocks, barred)
    cut: list[Edge] = []
    for batch in batched(bits, dialect.batch_size):
        changed: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in dialect.occupy(run, batch, [bits[slot] for slot in batch]):
            old = row[7]
            # Nothing of an edge stays, or unblock would bring the edge back.
            state = bits[slot_in(row)] | (old if old >= STATES else 0)
            if state != old:
                changed[state].append(row)
        for state, rows in sorted(changed.items()):
            dialect.bar(run, rows, state)
            cut += edges_from(row[1:] for row in rows if row[7] < STATES)
    return cut


def lift(engine: Engine, blocks: Iterable[Edge], barred: Sequence[str]) -> None:
    """Undo bar(). Another block between the same ends keeps its bars."""
    dialect, run, bits = engine.dialect, engine.run, bits_of(blocks, barred)
    for batch in batched(bits, dialect.batch_size):
        left: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        # The lock precedes the read: both ends may unblock each other at once.
        for row in dialect.taken(run, batch, lock=True):
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


def blocks_behind(rows: Iterable[Sequence[Any]]) -> set[Pair]:
    """Return the blocks of the bars among these rows of COLUMNS, without the blocks
    that are among the rows themselves.
    """
    found: set[Pair] = set()
    there: set[Pair] = set()
    for relation, source, source_id, target, target_id, _, state, *_ in rows:
        pair = Pair(Ref(source, source_id), Ref(target, target_id))
        if relation == BLOCK:
            there.add(pair)
        elif state >= STATES:
            found.update([pair] if state & SOURCE_BARS else [])
            found.update([Pair(*reversed(pair))] if state & TARGET_BARS else [])
    return found - there
