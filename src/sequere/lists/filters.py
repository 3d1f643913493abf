"""Filters that omit edges from a list after they are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sequere.declaration import UNTIL, find
from sequere.plans import Plan
from sequere.questions import Edges, Lookup
from sequere.times import is_over
from sequere.types import Direction, Edge, Neighbours, Pair, Ref


def found_in(
    relation: str, whose: Neighbours, others: Sequence[Ref]
) -> Plan[dict[Ref, datetime]]:
    """Return the resources among `others` that are in a list, and since when. One
    query, and one more for a relation whose edges expire.
    """
    times = yield from Lookup(relation, *whose, others)
    if times and find(relation).expires:
        ends = yield from Lookup(relation + UNTIL, *whose, list(times))
        for other, end in ends.items():
            if is_over(end):
                del times[other]
    return times


class Filter(ABC):
    """A condition on the edges of a list, which the store checks for a page at a
    time.
    """

    @abstractmethod
    def kept(self, edges: Sequence[Edge], direction: Direction) -> Plan[list[Edge]]: ...


@dataclass(frozen=True, slots=True)
class Current(Filter):
    """Keep edges that have not ended."""

    whose: Neighbours

    def kept(self, edges: Sequence[Edge], direction: Direction) -> Plan[list[Edge]]:
        relation = edges[0].relation
        others = [edge.other(direction) for edge in edges]
        ends = yield from Lookup(relation + UNTIL, *self.whose, others)
        return [
            edge
            for edge, other in zip(edges, others, strict=True)
            if not (other in ends and is_over(ends[other]))
        ]


@dataclass(frozen=True, slots=True)
class Excluding(Filter):
    """Keep edges whose other end is not in a given list."""

    relation: str
    whose: Neighbours

    def kept(self, edges: Sequence[Edge], direction: Direction) -> Plan[list[Edge]]:
        others = [edge.other(direction) for edge in edges]
        excluded = yield from found_in(self.relation, self.whose, others)
        pairs = zip(edges, others, strict=True)
        return [edge for edge, other in pairs if other not in excluded]


@dataclass(frozen=True, slots=True)
class AtLevel(Filter):
    """Keep edges of one level."""

    level: int

    def kept(self, edges: Sequence[Edge], direction: Direction) -> Plan[list[Edge]]:
        pairs = [Pair(edge.source, edge.target) for edge in edges]
        found = yield from Edges(edges[0].relation, pairs)
        return [
            edge
            for edge, pair in zip(edges, pairs, strict=True)
            if pair in found and found[pair].level == self.level
        ]
