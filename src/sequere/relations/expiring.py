"""Relations whose edges can have an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sequere.declaration import UNTIL, Declaration
from sequere.exceptions import InvalidEdge
from sequere.plans import Plan
from sequere.questions import Put, Remove
from sequere.times import clean_time, is_over
from sequere.types import ACTIVE, Edge, Pair


class Expiring(Declaration):
    """The end of an edge is stored as the time of another edge, in the relation `ends`:
    so every backend can store it, and forgets it with the edge.
    """

    ends: Declaration | None = None

    def _declare_ends(self) -> None:
        self.ends = Declaration(f"{self.name}{UNTIL}")

    def _end(self, edges: Sequence[Edge], until: datetime | None) -> Plan[list[Edge]]:
        """Let `edges` end at `until`. Return the ends that changed.

        The ends are stored before the edges, so that no reader sees an edge without its
        end.
        """
        if self.ends is None:
            if until is None:
                return []
            raise InvalidEdge(
                f"Edges of {self.name!r} have no end. Declare the relation with "
                "expires=True, or leave out `until`."
            )
        if until is None:
            pairs = [Pair(edge.source, edge.target) for edge in edges]
            return (yield from Remove(self.ends.name, pairs))
        until = clean_time(until)
        if is_over(until):
            raise InvalidEdge(f"`until` is over: {until}. Give a time that is to come.")
        ends = [
            edge._replace(relation=self.ends.name, created=until, state=ACTIVE, level=0)
            for edge in edges
        ]
        return (yield from Put(ends))

    def _removed_with(
        self, ends: Declaration, pairs: Sequence[Pair]
    ) -> Plan[list[Edge]]:
        """Remove edges and their `ends`. Return the edges that had not ended before."""
        gone = yield from Remove(self.name, pairs)
        ended = yield from Remove(ends.name, pairs)
        over = {(end.source, end.target) for end in ended if is_over(end.created)}
        return [edge for edge in gone if (edge.source, edge.target) not in over]
