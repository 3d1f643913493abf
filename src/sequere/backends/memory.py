from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from threading import RLock

from sequere.backends.base import BaseBackend
from sequere.times import from_microseconds, to_microseconds
from sequere.types import Direction, Edge, Pair, Ref, Span, Window

Ends = tuple[str, Ref, Ref]
End = tuple[str, Ref, Direction]
Place = tuple[int, str, str]


class Store:
    """The edges of one alias, for all threads of the process."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.edges: dict[Ends, int] = {}
        self.lists: dict[End, list[Place]] = defaultdict(list)

    def add(self, ends: Ends, created: int) -> None:
        self.edges[ends] = created
        for end, place in places(ends, created):
            insort(self.lists[end], place)

    def remove(self, ends: Ends) -> int:
        created = self.edges.pop(ends)
        for end, place in places(ends, created):
            listed = self.lists[end]
            del listed[bisect_left(listed, place)]
            if not listed:
                del self.lists[end]
        return created


stores: dict[str, Store] = defaultdict(Store)


class MemoryBackend(BaseBackend):
    """Edges in this process, until it ends: for tests.

    Writes are final at once, also inside a database transaction.
    """

    supports_production = False

    @property
    def store(self) -> Store:
        return stores[self.alias]

    def clear(self) -> None:
        stores.pop(self.alias, None)

    def _add(self, edges: Sequence[Edge]) -> list[Edge]:
        store = self.store
        with store.lock:
            new = [edge for edge in edges if edge[:3] not in store.edges]
            for edge in new:
                store.add(edge[:3], to_microseconds(edge.created))
        return new

    def _remove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]:
        store = self.store
        with store.lock:
            every = [(relation, source, target) for source, target in pairs]
            return [
                Edge(*ends, from_microseconds(store.remove(ends)))
                for ends in every
                if ends in store.edges
            ]

    def _forget(self, refs: Sequence[Ref]) -> None:
        store = self.store
        with store.lock:
            for ends in [
                ends for ends in store.edges if not set(refs).isdisjoint(ends)
            ]:
                store.remove(ends)

    def _lookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]:
        edges = self.store.edges
        found: dict[Ref, datetime] = {}
        for other in others:
            created = edges.get(ends_of(relation, ref, direction, other))
            if created is not None:
                found[other] = from_microseconds(created)
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
                span is None or is_within(created, span)
            )

        with self.store.lock:
            lists = self.store.lists
            return {
                ref: sum(map(is_counted, lists.get((relation, ref, direction), ())))
                for ref in refs
            }


def is_within(created: int, span: Span) -> bool:
    since, until = span
    return (since is None or created >= to_microseconds(since)) and (
        until is None or created < to_microseconds(until)
    )


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
