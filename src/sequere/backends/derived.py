"""What every backend can do by its few primitives: plans that ask for its hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sequere.plans import Ask, Plan, ask
from sequere.times import to_microseconds
from sequere.types import (
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Position,
    Ref,
    Window,
)

# Edges in a read of a list that has to be walked, and in the first such read: few, for
# only a list that has more is worth a question for its length.
WALK_SIZE = 500
FIRST_SIZE = 100
# How much shorter the second of two lists is, if it is better to begin with it.
MUCH_SHORTER = 4


@dataclass(frozen=True, slots=True)
class Derived:
    backend: Any
    relation: str

    def common(
        self, first: Neighbours, second: Neighbours, window: Window
    ) -> Plan[list[Edge]]:
        """The edges of `first` in `window` whose other end is in `second`, too.

        Walks `first` and looks up in `second`; or, where `second` is much shorter,
        looks all of it up in `first`. So nobody's list is read for the sake of one
        that is a small part of it.
        """
        found: list[Edge] = []
        wanted = window.offset + window.limit
        first_part = window._replace(limit=max(FIRST_SIZE, wanted), offset=0)
        part: Window | None = first_part
        while part:
            edges = yield from self._page(first, part)
            found += yield from self._those_in(second, edges, first.direction)
            if len(found) >= wanted:
                break
            rest = behind(part, edges, first.direction)
            if rest and part is first_part:
                one, other = yield from self.lengths(first, second, window.identifiers)
                if other * MUCH_SHORTER < one:
                    return (yield from self._gathered(first, second, window))
                rest = rest._replace(limit=max(WALK_SIZE, wanted))
            part = rest
        return found[window.offset : wanted]

    def common_count(
        self,
        first: Neighbours,
        second: Neighbours,
        identifiers: Sequence[str] | None,
    ) -> Plan[int]:
        """How many are in both: a walk of the shorter one, if `first` is not short."""
        count = 0
        walked, other = first, second
        first_part = everything(identifiers)._replace(limit=FIRST_SIZE)
        part: Window | None = first_part
        while part:
            edges = yield from self._page(walked, part)
            rest = behind(part, edges, walked.direction)
            if rest and part is first_part:
                sizes = yield from self.lengths(first, second, identifiers)
                if sizes[1] < sizes[0]:
                    walked, other = second, first
                    part = everything(identifiers)
                    continue
                rest = rest._replace(limit=WALK_SIZE)
            count += len((yield from self._those_in(other, edges, walked.direction)))
            part = rest
        return count

    def lengths(
        self,
        first: Neighbours,
        second: Neighbours,
        identifiers: Sequence[str] | None,
    ) -> Plan[tuple[int, int]]:
        both = first, second
        found: dict[Neighbours, int] = {}
        for direction in {whose.direction: None for whose in both}:
            refs = [whose.ref for whose in both if whose.direction == direction]
            counts = yield self._ask("_counts", refs, direction, identifiers, None)
            for ref in refs:
                found[Neighbours(ref, direction)] = counts.get(ref, 0)
        return found[first], found[second]

    def pages(
        self, refs: Sequence[Ref], direction: Direction, window: Window
    ) -> Plan[dict[Ref, list[Edge]]]:
        found = {}
        for ref in refs:
            found[ref] = yield from self._page(Neighbours(ref, direction), window)
        return found

    def _gathered(
        self, first: Neighbours, second: Neighbours, window: Window
    ) -> Plan[list[Edge]]:
        """common(), by a read of all of `second`."""
        found: list[Edge] = []
        part: Window | None = everything(window.identifiers)
        while part:
            edges = yield from self._page(second, part)
            others = [edge.other(second.direction) for edge in edges]
            times = yield from self._lookup(first, others)
            found += [self._edge(first, *item) for item in times.items()]
            part = behind(part, edges, second.direction)
        return chosen(found, first.direction, window)

    def _those_in(
        self, whose: Neighbours, edges: Sequence[Edge], direction: Direction
    ) -> Plan[list[Edge]]:
        """The `edges` of another list whose other end is in this one, too."""
        others = [edge.other(direction) for edge in edges]
        times = yield from self._lookup(whose, others)
        pairs = zip(edges, others, strict=True)
        return [edge for edge, other in pairs if other in times]

    def _page(self, whose: Neighbours, window: Window) -> Plan[list[Edge]]:
        edges: list[Edge] = yield self._ask("_page", *whose, window)
        return edges

    def _lookup(
        self, whose: Neighbours, others: Sequence[Ref]
    ) -> Plan[dict[Ref, datetime]]:
        if not others:
            return {}
        times: dict[Ref, datetime] = yield self._ask("_lookup", *whose, others)
        return times

    def _edge(self, whose: Neighbours, other: Ref, created: datetime) -> Edge:
        if whose.direction == "followers":
            return Edge(self.relation, other, whose.ref, created)
        return Edge(self.relation, whose.ref, other, created)

    def _ask(self, hook: str, *arguments: Any) -> Ask:
        return ask(self.backend, hook, self.relation, *arguments)


def everything(identifiers: Sequence[str] | None) -> Window:
    """The first window of a walk."""
    return Window(identifiers, None, WALK_SIZE, 0, True)


def behind(window: Window, edges: list[Edge], direction: Direction) -> Window | None:
    """The window after one in which `edges` were found, if there can be more."""
    if len(edges) < window.limit:
        return None
    return window._replace(after=position(edges[-1], direction))


def position(edge: Edge, direction: Direction) -> Position:
    """Where `edge` stands in a list of `direction`."""
    other = edge.other(direction)
    return Position(edge.created, other.identifier, other.object_id)


def chosen(edges: list[Edge], direction: Direction, window: Window) -> list[Edge]:
    """The part of `edges`, in any order, that is in `window`."""

    def place(edge: Edge) -> tuple[int, str, str]:
        return in_order(position(edge, direction))

    edges = sorted(edges, key=place, reverse=window.newest_first)
    if window.after is not None:
        limit = in_order(window.after)
        newest_first = window.newest_first
        edges = [
            edge
            for edge in edges
            if (place(edge) < limit if newest_first else place(edge) > limit)
        ]
    return edges[window.offset : window.offset + window.limit]


def joined(
    followings: Mapping[Ref, datetime], followers: Mapping[Ref, datetime]
) -> dict[Ref, FollowState]:
    """The states of all that are in one of two answers of lookup()."""
    return {
        other: FollowState(followings.get(other), followers.get(other))
        for other in {**followings, **followers}
    }


def in_order(where: Position) -> tuple[int, str, str]:
    # Naive times of the hour that the clocks repeat do not compare.
    return to_microseconds(where.created), where.identifier, where.object_id
