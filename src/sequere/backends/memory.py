from __future__ import annotations

import json
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from heapq import nsmallest
from threading import RLock
from typing import NamedTuple

from sequere.backends.base import BaseBackend
from sequere.exceptions import InvalidCursor
from sequere.times import from_microseconds, is_within, to_microseconds
from sequere.types import (
    ACTIVE,
    SOURCE_ARCHIVED,
    TARGET_ARCHIVED,
    Direction,
    Edge,
    Pair,
    Ref,
    Span,
    Window,
)
from sequere.validation import clean_ref, clean_relation

Ends = tuple[str, Ref, Ref]
End = tuple[str, Ref, Direction]
Place = tuple[int, str, str]

NO_PLACE = "{!r} is not a place in a scan. Use one that scan() returned, or None."


class Slot(NamedTuple):
    """What the store keeps of an edge, beside its ends."""

    created: int
    state: int
    level: int


class Store:
    """The edges of one alias, for all threads of the process."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.slots: dict[Ends, Slot] = {}
        # Active edges only.
        self.lists: dict[End, list[Place]] = defaultdict(list)

    def put(self, ends: Ends, slot: Slot) -> Edge:
        """Fill an empty slot, or change what is in it."""
        if ends in self.slots:
            self.take(ends)
        self.slots[ends] = slot
        if slot.state == ACTIVE:
            for end, place in places(ends, slot.created):
                insort(self.lists[end], place)
        return edge_of(ends, slot)

    def take(self, ends: Ends) -> Edge:
        """Empty a slot."""
        slot = self.slots.pop(ends)
        if slot.state == ACTIVE:
            for end, place in places(ends, slot.created):
                listed = self.lists[end]
                del listed[bisect_left(listed, place)]
                if not listed:
                    del self.lists[end]
        return edge_of(ends, slot)


stores: dict[str, Store] = defaultdict(Store)


class MemoryBackend(BaseBackend):
    """Edges in this process, until it ends: for tests.

    Writes are final at once, also inside a database transaction. archive(), restore(),
    forget() and each step of scan() look at every edge.
    """

    supports_archive = True
    supports_production = False

    @property
    def store(self) -> Store:
        return stores[self.alias]

    def clear(self) -> None:
        stores.pop(self.alias, None)

    def _add(self, edges: Sequence[Edge]) -> list[Edge]:
        store = self.store
        with store.lock:
            new = [edge for edge in edges if edge[:3] not in store.slots]
            for edge in new:
                slot = Slot(to_microseconds(edge.created), edge.state, edge.level)
                store.put(edge[:3], slot)
        return new

    def _remove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]:
        store = self.store
        with store.lock:
            every = [(relation, source, target) for source, target in pairs]
            return [store.take(ends) for ends in every if ends in store.slots]

    def _forget(self, refs: Sequence[Ref], *, report: bool) -> list[Edge]:
        store, gone = self.store, set(refs)
        with store.lock:
            every = [ends for ends in store.slots if not gone.isdisjoint(ends[1:])]
            removed = [store.take(ends) for ends in every]
        return removed if report else []

    def _archive(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        changed = self._change(relation, ref, lambda state, bit: state | bit)
        return changed if report else []

    def _restore(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        changed = self._change(relation, ref, lambda state, bit: state & ~bit)
        return changed if report else []

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

    def _scan(self, after: str | None, limit: int) -> tuple[list[Edge], str | None]:
        store, start = self.store, None if after is None else ends_at(after)
        with store.lock:
            rest: Iterable[Ends] = (
                ends for ends in store.slots if start is None or ends > start
            )
            found = nsmallest(limit + 1, rest)
            edges = [edge_of(ends, store.slots[ends]) for ends in found[:limit]]
        return edges, place_of(found[limit - 1]) if len(found) > limit else None

    def _lookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]:
        slots = self.store.slots
        found: dict[Ref, datetime] = {}
        for other in others:
            slot = slots.get(ends_of(relation, ref, direction, other))
            if slot is not None and slot.state == ACTIVE:
                found[other] = from_microseconds(slot.created)
        return found

    def _page(
        self, relation: str, ref: Ref, direction: Direction, window: Window
    ) -> list[Edge]:
        identifiers, after, limit, offset, newest_first = window
        with self.store.lock:
            listed = list(self.store.lists.get((relation, ref, direction), ()))
        if after is not None:
            place = (to_microseconds(after.created), after.identifier, after.object_id)
            cut = (bisect_left if newest_first else bisect_right)(listed, place)
            listed = listed[:cut] if newest_first else listed[cut:]
        if newest_first:
            listed.reverse()
        chosen = [
            (Ref(identifier, object_id), created)
            for created, identifier, object_id in listed
            if identifiers is None or identifier in identifiers
        ]
        return [
            Edge(*ends_of(relation, ref, direction, other), from_microseconds(created))
            for other, created in chosen[offset : offset + limit]
        ]

    def _counts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        identifiers: Sequence[str] | None,
        span: Span | None,
    ) -> dict[Ref, int]:
        def is_counted(place: Place) -> bool:
            created, identifier, _ = place
            return (identifiers is None or identifier in identifiers) and (
                span is None or is_within(created, *span)
            )

        with self.store.lock:
            lists = self.store.lists
            return {
                ref: sum(map(is_counted, lists.get((relation, ref, direction), ())))
                for ref in refs
            }


def bit_of(ends: Ends, ref: Ref) -> int:
    return SOURCE_ARCHIVED if ends[1] == ref else TARGET_ARCHIVED


def edge_of(ends: Ends, slot: Slot) -> Edge:
    created, state, level = slot
    return Edge(*ends, from_microseconds(created), state, level)


def places(ends: Ends, created: int) -> list[tuple[End, Place]]:
    relation, source, target = ends
    return [
        ((relation, target, "followers"), (created, *source)),
        ((relation, source, "followings"), (created, *target)),
    ]


def ends_of(relation: str, ref: Ref, direction: Direction, other: Ref) -> Ends:
    if direction == "followers":
        return relation, other, ref
    return relation, ref, other


def place_of(ends: Ends) -> str:
    """Where a scan goes on behind `ends`."""
    relation, source, target = ends
    return json.dumps([relation, *source, *target])


def ends_at(place: str) -> Ends:
    """The ends of which place_of() made `place`. Raise InvalidCursor."""
    try:
        relation, *keys = json.loads(place)
        source, target = Ref(*keys[:2]), Ref(*keys[2:])
        ends = clean_relation(relation), clean_ref(source), clean_ref(target)
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidCursor(NO_PLACE.format(place)) from exc
    if place_of(ends) != place:
        raise InvalidCursor(NO_PLACE.format(place))
    return ends
