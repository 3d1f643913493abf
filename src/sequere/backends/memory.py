from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from heapq import nsmallest
from threading import RLock
from typing import NamedTuple

from sequere.backends.base import BaseBackend
from sequere.backends.places import Ends, ends_at, place_of
from sequere.declaration import BLOCK, is_barred
from sequere.order import in_order
from sequere.questions import (
    Accept,
    Add,
    Archive,
    Block,
    Counts,
    Edges,
    Expire,
    Forget,
    Lookup,
    PageOf,
    Put,
    Remove,
    Restore,
    Scan,
    SetLevel,
    Unblock,
)
from sequere.times import from_microseconds, is_within, to_microseconds
from sequere.types import (
    REQUESTED,
    SOURCE_ARCHIVED,
    TARGET_ARCHIVED,
    Blocked,
    Direction,
    Edge,
    Neighbours,
    Pair,
    Ref,
)
from sequere.validation import LISTED

End = tuple[str, Ref, Direction, int]
Place = tuple[int, str, str]


class Slot(NamedTuple):
    """The data that the store keeps of an edge, beside its ends."""

    created: int
    state: int
    level: int


class Store:
    """The edges of one alias, for all threads of the process."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.slots: dict[Ends, Slot] = {}
        # The lists hold active edges and requests.
        self.lists: dict[End, list[Place]] = defaultdict(list)

    def put(self, ends: Ends, slot: Slot) -> Edge:
        """Fill an empty slot, or change the edge in it."""
        if ends in self.slots:
            self.take(ends)
        self.slots[ends] = slot
        if slot.state in LISTED:
            for end, place in places(ends, slot):
                insort(self.lists[end], place)
        return edge_of(ends, slot)

    def take(self, ends: Ends) -> Edge:
        """Empty a slot."""
        slot = self.slots.pop(ends)
        if slot.state in LISTED:
            for end, place in places(ends, slot):
                listed = self.lists[end]
                del listed[bisect_left(listed, place)]
                if not listed:
                    del self.lists[end]
        return edge_of(ends, slot)

    def is_barred(self, ends: Ends) -> bool:
        relation, source, target = ends
        return is_barred(relation) and (
            (BLOCK, source, target) in self.slots
            or (BLOCK, target, source) in self.slots
        )


stores: dict[str, Store] = defaultdict(Store)


class MemoryBackend(BaseBackend):
    """A backend for tests, which keeps edges in this process until it ends.

    Writes are final at once, also inside a database transaction. archive(), restore(),
    forget() and each step of scan() look at every edge.
    """

    supports_archive = True
    supports_policy = True
    supports_production = False

    @property
    def store(self) -> Store:
        return stores[self.alias]

    def clear(self) -> None:
        stores.pop(self.alias, None)

    def _add(self, asked: Add) -> list[Edge]:
        store = self.store
        with store.lock:
            new = [
                edge
                for edge in asked.edges
                if edge[:3] not in store.slots and not store.is_barred(edge[:3])
            ]
            for edge in new:
                store.put(edge[:3], slot_of(edge))
        return new

    def _remove(self, asked: Remove) -> list[Edge]:
        store, wanted = self.store, asked.requested
        with store.lock:
            every = [(asked.relation, *pair) for pair in asked.pairs]
            return [
                store.take(ends)
                for ends in every
                if (slot := store.slots.get(ends))
                and wanted in (None, bool(slot.state & REQUESTED))
            ]

    def _expire(self, asked: Expire) -> list[Edge]:
        store, moment = self.store, to_microseconds(asked.moment)
        with store.lock:
            over = [
                pair
                for pair in asked.pairs
                if (end := store.slots.get((asked.ends, *pair)))
                and end.created <= moment
            ]
            every = [(name, *p) for name in (asked.relation, asked.ends) for p in over]
            return [store.take(ends) for ends in every if ends in store.slots]

    def _forget(self, asked: Forget) -> list[Edge]:
        store, gone = self.store, set(asked.refs)
        with store.lock:
            every = [ends for ends in store.slots if not gone.isdisjoint(ends[1:])]
            removed = [store.take(ends) for ends in every]
        return removed if asked.report else []

    def _archive(self, asked: Archive) -> list[Edge]:
        changed = self._change(asked.relation, asked.ref, lambda old, bit: old | bit)
        return changed if asked.report else []

    def _restore(self, asked: Restore) -> list[Edge]:
        changed = self._change(asked.relation, asked.ref, lambda old, bit: old & ~bit)
        return changed if asked.report else []

    def _change(
        self, relation: str, ref: Ref, change: Callable[[int, int], int]
    ) -> list[Edge]:
        """Give every edge of `ref` another state. Return the edges that changed."""
        store = self.store
        with store.lock:
            changes = {
                ends: slot._replace(state=change(slot.state, bit_of(ends, ref)))
                for ends, slot in store.slots.items()
                if ends[0] == relation and ref in ends[1:]
            }
            return [
                store.put(ends, slot)
                for ends, slot in changes.items()
                if slot != store.slots[ends]
            ]

    def _accept(self, asked: Accept) -> list[Edge]:
        store = self.store
        with store.lock:
            every = [
                ends
                for ends, slot in store.slots.items()
                if (ends[0], ends[2]) == (asked.relation, asked.target)
                and (
                    slot.state & REQUESTED
                    if asked.sources is None
                    else slot.state == REQUESTED and ends[1] in asked.sources
                )
            ]
            created = to_microseconds(asked.created)
            return [
                store.put(ends, slot._replace(created=created, state=slot.state & ~1))
                for ends in every
                if (slot := store.slots[ends])
            ]

    def _set_level(self, asked: SetLevel) -> list[Edge]:
        store = self.store
        with store.lock:
            every = [(asked.relation, *pair) for pair in asked.pairs]
            return [
                store.put(ends, slot._replace(level=asked.level))
                for ends in every
                if (slot := store.slots.get(ends)) and slot.level != asked.level
            ]

    def _put(self, asked: Put) -> list[Edge]:
        store = self.store
        with store.lock:
            return [
                store.put(edge[:3], slot)
                for edge in asked.edges
                if (slot := slot_of(edge)) != store.slots.get(edge[:3])
                and not store.is_barred(edge[:3])
            ]

    def _block(self, asked: Block) -> Blocked:
        store = self.store
        with store.lock:
            new = [edge for edge in asked.edges if edge[:3] not in store.slots]
            cut = [
                store.take((relation, *ends))
                for edge in new
                for relation in asked.barred
                for ends in (edge[1:3], edge[2:0:-1])
                if (relation, *ends) in store.slots
            ]
            for edge in new:
                store.put(edge[:3], slot_of(edge))
        return Blocked(new, cut)

    def _unblock(self, asked: Unblock) -> list[Edge]:
        return self._remove(Remove(BLOCK, asked.pairs))

    def _edges(self, asked: Edges) -> dict[Pair, Edge]:
        slots = self.store.slots
        return {
            pair: edge_of((asked.relation, *pair), slot)
            for pair in asked.pairs
            if (slot := slots.get((asked.relation, *pair)))
        }

    def _scan(self, asked: Scan) -> tuple[list[Edge], str | None]:
        store, after, limit = self.store, asked.after, asked.limit
        start = None if after is None else ends_at(after)
        with store.lock:
            rest: Iterable[Ends] = (
                ends for ends in store.slots if start is None or ends > start
            )
            found = nsmallest(limit + 1, rest)
            edges = [edge_of(ends, store.slots[ends]) for ends in found[:limit]]
        return edges, place_of(found[limit - 1]) if len(found) > limit else None

    def _lookup(self, asked: Lookup) -> dict[Ref, datetime]:
        slots, whose = self.store.slots, Neighbours(asked.ref, asked.direction)
        found: dict[Ref, datetime] = {}
        for other in asked.others:
            slot = slots.get((asked.relation, *whose.pair(other)))
            if slot is not None and slot.state == asked.state:
                found[other] = from_microseconds(slot.created)
        return found

    def _page(self, asked: PageOf) -> list[Edge]:
        limit, after, offset, newest_first, identifiers = asked.window
        end = asked.relation, asked.ref, asked.direction, asked.state
        with self.store.lock:
            listed = list(self.store.lists.get(end, ()))
        if after is not None:
            cut = (bisect_left if newest_first else bisect_right)(
                listed, in_order(after)
            )
            listed = listed[:cut] if newest_first else listed[cut:]
        if newest_first:
            listed.reverse()
        whose = Neighbours(asked.ref, asked.direction)
        chosen = [
            (Ref(identifier, object_id), created)
            for created, identifier, object_id in listed
            if identifiers is None or identifier in identifiers
        ]
        return [
            whose.edge(asked.relation, other, from_microseconds(created), asked.state)
            for other, created in chosen[offset : offset + limit]
        ]

    def _counts(self, asked: Counts) -> dict[Ref, int]:
        relation, direction, state = asked.relation, asked.direction, asked.state
        identifiers, span = asked.identifiers, asked.span

        def is_counted(place: Place) -> bool:
            created, identifier, _ = place
            return (identifiers is None or identifier in identifiers) and (
                span is None or is_within(created, *span)
            )

        with self.store.lock:
            lists = self.store.lists
            return {
                ref: sum(
                    map(is_counted, lists.get((relation, ref, direction, state), ()))
                )
                for ref in asked.refs
            }


def bit_of(ends: Ends, ref: Ref) -> int:
    return SOURCE_ARCHIVED if ends[1] == ref else TARGET_ARCHIVED


def edge_of(ends: Ends, slot: Slot) -> Edge:
    created, state, level = slot
    return Edge(*ends, from_microseconds(created), state, level)


def slot_of(edge: Edge) -> Slot:
    return Slot(to_microseconds(edge.created), edge.state, edge.level)


def places(ends: Ends, slot: Slot) -> list[tuple[End, Place]]:
    (relation, source, target), (created, state, _) = ends, slot
    return [
        ((relation, target, "followers", state), (created, *source)),
        ((relation, source, "followings", state), (created, *target)),
    ]
