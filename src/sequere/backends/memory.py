from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from threading import RLock

from sequere.backends.base import BaseBackend, position
from sequere.types import Direction, Edge, Pair, Position, Ref

End = tuple[str, Ref, Direction]


class Store:
    """The edges of one alias, for all threads of the process."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.edges: dict[tuple[str, Ref, Ref], Edge] = {}
        self.lists: dict[End, list[Position]] = defaultdict(list)

    def ends(self, edge: Edge) -> list[tuple[End, Position]]:
        return [
            ((edge.relation, edge.target, "followers"), position(edge, "followers")),
            ((edge.relation, edge.source, "followings"), position(edge, "followings")),
        ]


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
                store.edges[edge[:3]] = edge
                for end, place in store.ends(edge):
                    insort(store.lists[end], place)
        return new

    def _remove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]:
        with self.store.lock:
            keys = [(relation, pair.source, pair.target) for pair in pairs]
            gone = [self.store.edges[key] for key in keys if key in self.store.edges]
            self._drop(gone)
        return gone

    def _forget(self, refs: Sequence[Ref]) -> None:
        with self.store.lock:
            doomed = set(refs)
            self._drop(
                [
                    edge
                    for edge in self.store.edges.values()
                    if edge.source in doomed or edge.target in doomed
                ]
            )

    def _drop(self, edges: Sequence[Edge]) -> None:
        for edge in edges:
            del self.store.edges[edge[:3]]
            for end, place in self.store.ends(edge):
                places = self.store.lists[end]
                del places[bisect_left(places, place)]
                if not places:
                    del self.store.lists[end]

    def _lookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]:
        keys = {
            other: (relation, other, ref)
            if direction == "followers"
            else (relation, ref, other)
            for other in others
        }
        with self.store.lock:
            edges = self.store.edges
            return {
                other: edges[key].created for other, key in keys.items() if key in edges
            }

    def _page(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        *,
        identifiers: Sequence[str] | None,
        after: Position | None,
        limit: int,
        offset: int,
        newest_first: bool,
    ) -> list[Edge]:
        with self.store.lock:
            places = list(self.store.lists.get((relation, ref, direction), ()))
        if newest_first:
            places = places[: bisect_left(places, after) if after else None][::-1]
        else:
            places = places[bisect_right(places, after) if after else 0 :]
        if identifiers is not None:
            places = [place for place in places if place.identifier in identifiers]
        return [
            Edge(
                relation,
                *(
                    (Ref(identifier, object_id), ref)
                    if direction == "followers"
                    else (ref, Ref(identifier, object_id))
                ),
                created,
            )
            for created, identifier, object_id in places[offset : offset + limit]
        ]

    def _counts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        *,
        identifiers: Sequence[str] | None,
    ) -> dict[Ref, int]:
        with self.store.lock:
            lists = self.store.lists
            return {
                ref: sum(
                    identifiers is None or place.identifier in identifiers
                    for place in lists.get((relation, ref, direction), ())
                )
                for ref in refs
            }
