from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Literal, NamedTuple, TypeVar

Item = TypeVar("Item", covariant=True)

#: Which end of its edges a list or count of a resource looks at.
Direction = Literal["followers", "followings"]

# The states of an edge. Lists, counts and look-ups see active edges only.
ACTIVE = 0
REQUESTED = 1
SOURCE_ARCHIVED = 2
TARGET_ARCHIVED = 4
# Every state is below: bars, which are not edges, are above.
STATES = 8
# What a store may keep in a slot that a block bars: who blocks, of the slot's ends.
SOURCE_BARS = 16
TARGET_BARS = 32


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


class Position(NamedTuple):
    """A place in a list: lists are in the order of these three values."""

    created: datetime
    identifier: str
    object_id: str


class Edge(NamedTuple):
    """`source` follows `target` in `relation`, since `created`.

    `created` is exact to the microsecond; aware under USE_TZ, else naive in the
    current default time zone. `state` is ACTIVE, or bits that keep the edge out of
    lists and counts: REQUESTED, SOURCE_ARCHIVED, TARGET_ARCHIVED.
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
        """The end that a list of `direction` shows."""
        return self.source if direction == "followers" else self.target

    def position(self, direction: Direction) -> Position:
        """The place of the edge in a list of `direction`."""
        return Position(self.created, *self.other(direction))


class Neighbours(NamedTuple):
    """The followers, or the followings, of a resource."""

    ref: Ref
    direction: Direction

    def pair(self, other: Ref) -> Pair:
        """The ends of the edge by which `other` is in this list."""
        if self.direction == "followers":
            return Pair(other, self.ref)
        return Pair(self.ref, other)

    def edge(
        self, relation: str, other: Ref, created: datetime, state: int = ACTIVE
    ) -> Edge:
        """The edge by which `other` is in this list."""
        return Edge(relation, *self.pair(other), created, state)


class FollowState(NamedTuple):
    """How a viewer and another resource stand to each other.

    `followed_since` and `follows_since` tell since when one follows the other, or are
    None. `blocks_viewer` is for code on the server: a visitor must not see it.
    """

    followed_since: datetime | None = None
    follows_since: datetime | None = None
    #: Has the viewer asked to follow it, and not been answered yet?
    requested: bool = False
    #: Has it asked to follow the viewer?
    requests_viewer: bool = False
    #: Does the viewer block it?
    blocking: bool = False
    blocks_viewer: bool = False
    #: Does the viewer mute it, and until when? None is without end.
    muted: bool = False
    muted_until: datetime | None = None

    @property
    def is_followed(self) -> bool:
        """Does the viewer follow it?"""
        return self.followed_since is not None

    @property
    def follows_viewer(self) -> bool:
        return self.follows_since is not None

    @property
    def is_requested(self) -> bool:
        return self.requested

    @property
    def is_blocked(self) -> bool:
        """Does the viewer block it?"""
        return self.blocking

    @property
    def is_muted(self) -> bool:
        return self.muted

    @property
    def is_friend(self) -> bool:
        return self.is_followed and self.follows_viewer


class Attempt(StrEnum):
    """What attempt_follow() did, or why it did nothing. Here `source` is the resource
    that wants to follow `target`.
    """

    #: There is an active edge now, which was not there before.
    NEW = "new"
    #: There was an active edge before.
    SAME = "same"
    #: The target approves its followers: there is a request now.
    REQUESTED = "requested"
    #: There was a request before.
    PENDING = "pending"
    #: The edge is archived, and comes back with restore().
    ARCHIVED = "archived"
    #: The source blocks the target.
    BLOCKING = "blocking"
    #: The target blocks the source. Tell a visitor the same as for GONE.
    BLOCKED = "blocked"
    #: The source or the target does not exist any more.
    GONE = "gone"


class Blocked(NamedTuple):
    """What a block changed: the blocks that are new, and the edges that they cut."""

    blocks: list[Edge]
    cut: list[Edge]


class Span(NamedTuple):
    """The time from `since` on and before `until`; None is without end."""

    since: datetime | None = None
    until: datetime | None = None


class Window(NamedTuple):
    """Which part of a list is read: up to `limit` edges in order of (created,
    identifier, object_id) of the other end, beginning `offset` edges behind the
    position `after`. `identifiers` keeps edges whose other end has one of them.
    """

    limit: int
    after: Position | None = None
    offset: int = 0
    newest_first: bool = True
    identifiers: Sequence[str] | None = None


class Problem(NamedTuple):
    """Something that a backend stores and that contradicts itself."""

    where: str
    what: str
    #: Does repair() leave it to be mended by hand?
    by_hand: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Progress(NamedTuple):
    """A step of verify() or repair(): what was looked at, and where to go on."""

    edges: int
    problems: list[Problem]
    #: Give it as `resume` to go on behind this step. None if this was the last.
    resume: str | None
    #: "store", where a backend looks at what only it has, each edge from both ends; or
    #: "edges", where every edge is looked at once.
    part: str = "edges"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some consecutive items of a list, and the cursors of the pages beside it."""

    items: Sequence[Item]
    next: str | None
    previous: str | None = None
