from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sequere.declaration import BLOCK, UNTIL, barred_relations, is_barred
from sequere.times import is_over, to_microseconds
from sequere.types import (
    ACTIVE,
    REQUESTED,
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
    """A dict of edges that gives the right answers, to which every backend is
    compared.
    """

    def __init__(self) -> None:
        self.edges: dict[Ends, Edge] = {}

    # The changes

    def add(self, edges: Iterable[Edge]) -> set[Edge]:
        new: dict[Ends, Edge] = {}
        for edge in edges:
            if edge[:3] not in self.edges and not self.is_barred(edge[:3]):
                new.setdefault(edge[:3], edge)
        self.edges |= new
        return set(new.values())

    def remove(
        self, relation: str, pairs: Iterable[Pair], requested: bool | None = None
    ) -> set[Edge]:
        every = {(relation, *pair) for pair in pairs}
        return {
            self.edges.pop(ends)
            for ends in every
            if ends in self.edges
            and requested in (None, bool(self.edges[ends].state & REQUESTED))
        }

    def expire(
        self, relation: str, pairs: Iterable[Pair], moment: datetime
    ) -> set[Edge]:
        """Return the edges whose end was over, and their ends."""
        ends = [self.edges.get((relation + UNTIL, *pair)) for pair in pairs]
        over = [Pair(*end[1:3]) for end in ends if end and is_over(end.created, moment)]
        return self.remove(relation, over) | self.remove(relation + UNTIL, over)

    def put(self, edges: Iterable[Edge]) -> set[Edge]:
        first: dict[Ends, Edge] = {}
        for edge in edges:
            first.setdefault(edge[:3], edge)
        changed = {
            edge
            for ends, edge in first.items()
            if self.edges.get(ends) != edge and not self.is_barred(ends)
        }
        self.edges |= {edge[:3]: edge for edge in changed}
        return changed

    def accept(
        self,
        relation: str,
        target: Ref,
        sources: Collection[Ref] | None,
        created: datetime,
    ) -> set[Edge]:
        changed = set()
        for ends, edge in self.edges.items():
            if ends[::2] != (relation, target) or not edge.state & REQUESTED:
                continue
            if sources is None or (edge.state == REQUESTED and ends[1] in sources):
                state = edge.state - REQUESTED
                self.edges[ends] = edge._replace(state=state, created=created)
                changed.add(self.edges[ends])
        return changed

    def set_level(self, relation: str, pairs: Iterable[Pair], level: int) -> set[Edge]:
        changed = set()
        for ends in {(relation, *pair) for pair in pairs}:
            if ends in self.edges and self.edges[ends].level != level:
                self.edges[ends] = self.edges[ends]._replace(level=level)
                changed.add(self.edges[ends])
        return changed

    def block(self, edges: Iterable[Edge]) -> tuple[set[Edge], set[Edge]]:
        """Return the new blocks, and the edges that they cut."""
        new: set[Edge] = set()
        cut: set[Edge] = set()
        for edge in edges:
            if edge[:3] not in self.edges:
                self.edges[edge[:3]] = edge
                new.add(edge)
                pairs = [Pair(*edge[1:3]), Pair(edge.target, edge.source)]
                for relation in barred_relations():
                    cut |= self.remove(relation, pairs)
        return new, cut

    def is_barred(self, ends: Ends) -> bool:
        relation, source, target = ends
        return is_barred(relation) and (
            (BLOCK, source, target) in self.edges
            or (BLOCK, target, source) in self.edges
        )

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

    # The answers

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
        state: int = ACTIVE,
    ) -> list[Edge]:
        """Return the edges of a list, newest first."""
        ref, direction = whose
        low = None if since is None else to_microseconds(since)
        high = None if until is None else to_microseconds(until)
        found = [
            edge
            for edge in self.edges.values()
            if (edge.relation, edge.state) == (relation, state)
            and ref == (edge.target if direction == "followers" else edge.source)
            and (not identifiers or edge.other(direction).identifier in identifiers)
            and (low is None or to_microseconds(edge.created) >= low)
            and (high is None or to_microseconds(edge.created) < high)
        ]
        found.sort(key=lambda edge: place(edge, direction), reverse=True)
        return found

    def others(
        self, relation: str, whose: Neighbours, state: int = ACTIVE
    ) -> dict[Ref, datetime]:
        """Return the resources of a list, and since when, newest first."""
        edges = self.listed(relation, whose, state=state)
        return {edge.other(whose.direction): edge.created for edge in edges}

    def common(
        self, relation: str, first: Neighbours, second: Neighbours
    ) -> dict[Ref, datetime]:
        both = self.others(relation, second).keys()
        found = self.others(relation, first)
        return {other: since for other, since in found.items() if other in both}

    def suggestions(self, relation: str, viewer: Ref) -> list[tuple[Ref, list[Ref]]]:
        """Return the suggestions for `viewer`, each with the followings that follow
        it.
        """
        sources = list(self.others(relation, Neighbours(viewer, "followings")))
        reasons: dict[Ref, list[Ref]] = {}
        for source in sources:
            for ref in self.others(relation, Neighbours(source, "followings")):
                ends = relation, viewer, ref
                if ref != viewer and not (ends in self.edges or self.is_barred(ends)):
                    reasons.setdefault(ref, []).append(source)
        return sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))


def place(edge: Edge, direction: Direction) -> tuple[int, str, str]:
    return to_microseconds(edge.created), *edge.other(direction)
