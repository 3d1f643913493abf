from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Literal, NamedTuple, TypeVar

Item = TypeVar("Item", covariant=True)

#: The end of its edges by which a list or a count of a resource is read.
Direction = Literal["followers", "followings"]

# The states of an edge. Lists, counts and look-ups see active edges only.
ACTIVE = 0
REQUESTED = 1
SOURCE_ARCHIVED = 2
TARGET_ARCHIVED = 4
# All states are below this number. Bars, which are not edges, are above it.
STATES = 8
# A store may keep bars in a slot. The bits tell which end of the slot blocks.
SOURCE_BARS = 16
TARGET_BARS = 32


class Ref(NamedTuple):
    """A resource without its instance: backends see refs only."""

    identifier: str
    object_id: str

    def __str__(self) -> str:
        return f"{self.identifier}:{self.object_id}"


class Pair(NamedTuple):
    """The two ends of an edge: `source` follows `target`."""

    source: Ref
    target: Ref


class Position(NamedTuple):
    """A place in a list. Lists are ordered by these three values."""

    created: datetime
    identifier: str
    object_id: str


class Edge(NamedTuple):
    """`source` follows `target` in `relation`, since `created`.

    `created` is exact to the microsecond; it is aware under USE_TZ, and otherwise naive
    in the current default time zone. `state` is ACTIVE, or bits that keep the edge out
    of lists and counts: REQUESTED, SOURCE_ARCHIVED, TARGET_ARCHIVED.
    """

    relation: str
    source: Ref
    target: Ref
    created: datetime
    state: int = ACTIVE
    level: int = 0

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"

    def other(self, direction: Direction) -> Ref:
        """Return the end that a list of `direction` shows."""
        return self.source if direction == "followers" else self.target

    def position(self, direction: Direction) -> Position:
        """Return the place of the edge in a list of `direction`."""
        return Position(self.created, *self.other(direction))


class Neighbours(NamedTuple):
    """The followers or the followings of a resource."""

    ref: Ref
    direction: Direction

    def pair(self, other: Ref) -> Pair:
        """Return the ends of the edge by which `other` is in this list."""
        if self.direction == "followers":
            return Pair(other, self.ref)
        return Pair(self.ref, other)

    def edge(
        self, relation: str, other: Ref, created: datetime, state: int = ACTIVE
    ) -> Edge:
        """Return the edge by which `other` is in this list."""
        return Edge(relation, *self.pair(other), created, state)


class FollowState(NamedTuple):
    """The follow state of a viewer and another resource.

    `followed_since` is the time since when the viewer follows the resource, and
    `follows_since` is the time since when the resource follows the viewer. Both may be
    None. `blocks_viewer` is for code on the server: a visitor must not see it.
    """

    followed_since: datetime | None = None
    follows_since: datetime | None = None
    #: Does the viewer have an open request to follow the resource?
    requested: bool = False
    #: Does the resource have an open request to follow the viewer?
    requests_viewer: bool = False
    #: Does the viewer block the resource?
    blocking: bool = False
    blocks_viewer: bool = False
    #: Does the viewer mute the resource, and until when? None means without end.
    muted: bool = False
    muted_until: datetime | None = None

    @property
    def is_followed(self) -> bool:
        """Does the viewer follow the resource?"""
        return self.followed_since is not None

    @property
    def follows_viewer(self) -> bool:
        return self.follows_since is not None

    @property
    def is_requested(self) -> bool:
        return self.requested

    @property
    def is_blocked(self) -> bool:
        """Does the viewer block the resource?"""
        return self.blocking

    @property
    def is_muted(self) -> bool:
        return self.muted

    @property
    def is_friend(self) -> bool:
        return self.is_followed and self.follows_viewer


class Attempt(StrEnum):
    """The result of attempt_follow(), or the reason why it changed nothing. Here
    `source` is the resource that wants to follow `target`.
    """

    #: There is an active edge now, and there was none before.
    NEW = "new"
    #: There was already an active edge.
    SAME = "same"
    #: The target approves its followers, so there is a request now.
    REQUESTED = "requested"
    #: There was already a request.
    PENDING = "pending"
    #: The edge is archived. restore() brings it back.
    ARCHIVED = "archived"
    #: The source blocks the target.
    BLOCKING = "blocking"
    #: The target blocks the source. Give a visitor the same message as for GONE.
    BLOCKED = "blocked"
    #: The source or the target no longer exists.
    GONE = "gone"


class Blocked(NamedTuple):
    """The changes of a block: the new blocks, and the edges that they cut."""

    blocks: list[Edge]
    cut: list[Edge]


class Span(NamedTuple):
    """The time with `since <= time < until`. None means without a limit."""

    since: datetime | None = None
    until: datetime | None = None


class Window(NamedTuple):
    """The part of a list that is read: up to `limit` edges in order of (created,
    identifier, object_id) of the other end, beginning `offset` edges after the position
    `after`. `identifiers` keeps only edges whose other end has one of these
    identifiers.
    """

    limit: int
    after: Position | None = None
    offset: int = 0
    newest_first: bool = True
    identifiers: Sequence[str] | None = None


class Problem(NamedTuple):
    """A contradiction in the data that a backend stores."""

    where: str
    what: str
    #: Does repair() leave the problem to be repaired by hand?
    by_hand: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Progress(NamedTuple):
    """A step of verify() or repair(): what was checked, and the place to go on from."""

    edges: int
    problems: list[Problem]
    #: Pass it as `resume` to go on after this step. None if this step was the last.
    resume: str | None
    #: "store" where a backend checks its own structures, each edge from both ends;
    #: "edges" where every edge is checked once.
    part: str = "edges"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Consecutive items of a list, and the cursors of the next and previous pages."""

    items: Sequence[Item]
    next: str | None
    previous: str | None = None
