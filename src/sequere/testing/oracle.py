from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sequere.times import to_microseconds
from sequere.types import (
    ACTIVE,
    SOURCE_ARCHIVED,
    TARGET_ARCHIVED,
    Direction,
    Edge,
    Neighbours,
    Pair,
    Ref,
)

Ends = tuple[str, Ref, Ref]


class Oracle:
    """The right answers, from a dict: what every backend is compared with."""

    def __init__(self) -> None:
        self.edges: dict[Ends, Edge] = {}

    # Writing

    def add(self, edges: Iterable[Edge]) -> set[Edge]:
        new: dict[Ends, Edge] = {}
        for edge in edges:
            if edge[:3] not in self.edges:
                new.setdefault(edge[:3], edge)
        self.edges |= new
        return set(new.values())

    def remove(self, relation: str, pairs: Iterable[Pair]) -> set[Edge]:
        every = {(relation, *pair) for pair in pairs}
        return {self.edges.pop(ends) for ends in every if ends in self.edges}

    def forget(self, refs: Iterable[Ref]) -> set[Edge]:
        gone = set(refs)
        every = [ends for ends in self.edges if not gone.isdisjoint(ends[1:])]
        return {self.edges.pop(ends) for ends in every}

    def archive(self, relation: str, ref: Ref) -> set[Edge]:
        return self._change(relation, ref, lambda state, bit: state | bit)

    def restore(self, relation: str, ref: Ref) -> set[Edge]:
        return self._change(relation, ref, lambda state, bit: state & ~bit)

    def _change(
        self, relation: str, ref: Ref, change: Callable[[int, int], int]
    ) -> set[Edge]:
        changed = set()
        for ends, edge in self.edges.items():
            if edge.relation == relation and ref in (edge.source, edge.target):
                bit = SOURCE_ARCHIVED if edge.source == ref else TARGET_ARCHIVED
                state = change(edge.state, bit)
                if state != edge.state:
                    self.edges[ends] = edge._replace(state=state)
                    changed.add(self.edges[ends])
        return changed

    # Reading

    def has(self, relation: str, source: Ref, target: Ref) -> bool:
        edge = self.edges.get((relation, source, target))
        return edge is not None and edge.state == ACTIVE

    def listed(
        self,
        relation: str,
        whose: Neighbours,
        identifiers: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Edge]:
        """The newest first."""
        ref, direction = whose
        low = None if since is None else to_microseconds(since)
        high = None if until is None else to_microseconds(until)
        found = [
            edge
            for edge in self.edges.values()
            if (edge.relation, edge.state) == (relation, ACTIVE)
            and ref == (edge.target if direction == "followers" else edge.source)
            and (not identifiers or edge.other(direction).identifier in identifiers)
            and (low is None or to_microseconds(edge.created) >= low)
            and (high is None or to_microseconds(edge.created) < high)
        ]
        found.sort(key=lambda edge: place(edge, direction), reverse=True)
        return found

    def others(self, relation: str, whose: Neighbours) -> dict[Ref, datetime]:
        """Who is in a list, and since when: the newest first."""
        edges = self.listed(relation, whose)
        return {edge.other(whose.direction): edge.created for edge in edges}

    def common(
        self, relation: str, first: Neighbours, second: Neighbours
    ) -> dict[Ref, datetime]:
        both = self.others(relation, second).keys()
        found = self.others(relation, first)
        return {other: since for other, since in found.items() if other in both}

    def suggestions(self, relation: str, viewer: Ref) -> list[tuple[Ref, list[Ref]]]:
        """What the followings of `viewer` follow, and who of them does."""
        sources = list(self.others(relation, Neighbours(viewer, "followings")))
        reasons: dict[Ref, list[Ref]] = {}
        for source in sources:
            for ref in self.others(relation, Neighbours(source, "followings")):
                if ref != viewer and ref not in sources:
                    reasons.setdefault(ref, []).append(source)
        return sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))


def place(edge: Edge, direction: Direction) -> tuple[int, str, str]:
    return to_microseconds(edge.created), *edge.other(direction)
