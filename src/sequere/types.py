from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, NamedTuple, TypeVar

Item = TypeVar("Item", covariant=True)

#: Which end of its edges a list or count of a resource looks at.
Direction = Literal["followers", "followings"]

#: The relation of the public verbs.
FOLLOW = "follow"


class Ref(NamedTuple):
    """A resource without its instance: the only thing a backend ever sees."""

    identifier: str
    object_id: str

    def __str__(self) -> str:
        return f"{self.identifier}:{self.object_id}"


class Pair(NamedTuple):
    """The two ends of an edge: `source` follows `target`."""

    source: Ref
    target: Ref


class Edge(NamedTuple):
    """`source` follows `target` in `relation`, since `created`.

    `created` is exact to the microsecond; aware under USE_TZ, else naive in the
    current default time zone.
    """

    relation: str
    source: Ref
    target: Ref
    created: datetime

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"

    def other(self, direction: Direction) -> Ref:
        """The end that a list of `direction` shows."""
        return self.source if direction == "followers" else self.target


class Position(NamedTuple):
    """A place in a list: lists are in the order of these three values."""

    created: datetime
    identifier: str
    object_id: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some consecutive items of a list, and the cursor of what comes after."""

    items: Sequence[Item]
    next: str | None
