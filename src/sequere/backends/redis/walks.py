"""Walks through all edges of a resource, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sequere.backends.redis.keys import SIGNS, Ends, List
from sequere.types import STATES, Direction, Ref

NEVER = float("-inf")


class Place(NamedTuple):
    # The score as the server compares it, even if it is not a time.
    created: float
    identifier: str
    object_id: str

    @property
    def arguments(self) -> tuple[str, str, str]:
        return f"{self.created:.17g}", self.identifier, self.object_id


class Walk(NamedTuple):
    """A walk through the lists that a resource has in one direction. All lists together
    are read in the order of (created, identifier, object id), up to the newest edge
    that the lists hold at the first step.
    """

    ref: Ref
    direction: Direction
    # None stands for all relations.
    relation: str | None = None
    states: Sequence[int] = range(STATES)
    after: Place | None = None
    until: float = NEVER

    def arguments(self, limit: int) -> list[Any]:
        """Return the arguments of walk.lua."""
        return [
            *self.ref,
            SIGNS[self.direction],
            self.relation or "",
            "".join(map(str, self.states)),
            limit,
            *(self.after.arguments if self.after else ("", "", "")),
        ]

    def step(self, reply: Sequence[Any], limit: int) -> tuple[list[Ends], Walk | None]:
        """Return the edges of a reply up to where one of the lists goes on."""
        until = self.until
        if self.after is None:
            until = max((float(newest) for *_, newest in reply), default=NEVER)
        found: dict[Ends, Place] = {}
        parts = []
        for relation, identifier, flat, _ in reply:
            of = List(relation, self.ref, self.direction, identifier)
            places = [
                Place(float(created), identifier, object_id)
                for object_id, created in zip(flat[::2], flat[1::2], strict=True)
            ]
            found |= {of.ends(place.object_id): place for place in places}
            if len(places) == limit:
                parts.append(places[-1])
        after = min(parts, default=None)
        every = [
            ends
            for ends, place in found.items()
            if place.created <= until and (after is None or place <= after)
        ]
        if after is None or after.created > until:
            return every, None
        return every, self._replace(after=after, until=until)


def everything_of(ref: Ref) -> list[Walk]:
    return [Walk(ref, direction) for direction in SIGNS]
