"""Questions that read edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sequere.declaration import find
from sequere.exceptions import InvalidCursor
from sequere.names import clean_relation
from sequere.questions.question import Question
from sequere.times import now, to_microseconds
from sequere.types import (
    ACTIVE,
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Pair,
    Ref,
    Span,
    Window,
)
from sequere.validation import (
    clean_direction,
    clean_identifiers,
    clean_listed,
    clean_neighbours,
    clean_pairs,
    clean_ref,
    clean_refs,
    clean_span,
    clean_window,
)

STRANGERS = FollowState()


def heard(state: FollowState, moment: datetime) -> FollowState:
    """Return `state` at `moment`, without a mute that has ended."""
    until = state.muted_until
    if until is None or to_microseconds(until) > to_microseconds(moment):
        return state
    return state._replace(muted=False, muted_until=None)


@dataclass(frozen=True, slots=True)
class Contains(Question[bool]):
    """Does `source` follow `target`?"""

    relation: str
    source: Ref
    target: Ref

    hook = "_contains"

    def cleaned(self) -> Contains:
        find(self.relation)
        clean_ref(self.source)
        clean_ref(self.target)
        return self


@dataclass(frozen=True, slots=True)
class Lookup(Question[dict[Ref, datetime]]):
    """Find the resources among `others` that are followers or followings of `ref`, and
    since when.

    `state` REQUESTED looks at requests. The cost does not depend on the length of the
    list.
    """

    relation: str
    ref: Ref
    direction: Direction
    others: Sequence[Ref]
    state: int = ACTIVE

    hook = "_lookup"

    def cleaned(self) -> Lookup:
        name, ref = find(self.relation).name, clean_ref(self.ref)
        direction, others = clean_direction(self.direction), clean_refs(self.others)
        return Lookup(name, ref, direction, others, clean_listed(self.state))

    def __bool__(self) -> bool:
        return bool(self.others)

    def nothing(self) -> dict[Ref, datetime]:
        return {}


@dataclass(frozen=True, slots=True)
class States(Question[dict[Ref, FollowState]]):
    """Find the follow states of `ref` with each of `others`.

    Blocks and mutes are looked up for a relation that a block bars. The cost does not
    depend on the number of followers or followings.
    """

    relation: str
    ref: Ref
    others: Sequence[Ref]

    hook = "_states"

    def cleaned(self) -> States:
        name, ref = find(self.relation).name, clean_ref(self.ref)
        return States(name, ref, clean_refs(self.others))

    def __bool__(self) -> bool:
        return bool(self.others)

    def nothing(self) -> dict[Ref, FollowState]:
        return {}

    def completed(self, answer: dict[Ref, FollowState]) -> dict[Ref, FollowState]:
        moment = now()
        return {
            other: heard(answer.get(other, STRANGERS), moment) for other in self.others
        }


@dataclass(frozen=True, slots=True)
class Counts(Question[dict[Ref, int]]):
    """Count the followers or followings of each of `refs`. The counts are exact.

    `identifiers` counts only edges whose other end has one of these identifiers. `span`
    counts only edges with `since <= created < until`, which are read one by one.
    `state` REQUESTED counts requests.
    """

    relation: str
    refs: Sequence[Ref]
    direction: Direction
    identifiers: Sequence[str] | None = None
    span: Span | None = None
    state: int = ACTIVE

    hook = "_counts"

    def cleaned(self) -> Counts:
        name, refs = find(self.relation).name, clean_refs(self.refs)
        identifiers, span = clean_identifiers(self.identifiers), self.span
        if span is not None:
            span = clean_span(span)
        direction, state = clean_direction(self.direction), clean_listed(self.state)
        return Counts(name, refs, direction, identifiers, span, state)

    def __bool__(self) -> bool:
        return bool(self.refs)

    def nothing(self) -> dict[Ref, int]:
        return {}

    def completed(self, answer: dict[Ref, int]) -> dict[Ref, int]:
        return {ref: answer.get(ref, 0) for ref in self.refs}


@dataclass(frozen=True, slots=True)
class PageOf(Question[list[Edge]]):
    """Read the edges of a list that are in `window`, or requests if `state` is
    REQUESTED.

    The cost does not depend on `window.after`, and grows with `window.offset`.
    """

    relation: str
    ref: Ref
    direction: Direction
    window: Window
    state: int = ACTIVE

    hook = "_page"

    def cleaned(self) -> PageOf:
        name, ref = find(self.relation).name, clean_ref(self.ref)
        direction, state = clean_direction(self.direction), clean_listed(self.state)
        return PageOf(name, ref, direction, clean_window(self.window), state)


@dataclass(frozen=True, slots=True)
class PagesOf(Question[dict[Ref, list[Edge]]]):
    """Answer PageOf for each of `refs`: the same window of every list."""

    relation: str
    refs: Sequence[Ref]
    direction: Direction
    window: Window

    hook = "_pages"

    def cleaned(self) -> PagesOf:
        name, refs = find(self.relation).name, clean_refs(self.refs)
        direction = clean_direction(self.direction)
        return PagesOf(name, refs, direction, clean_window(self.window))

    def __bool__(self) -> bool:
        return bool(self.refs)

    def nothing(self) -> dict[Ref, list[Edge]]:
        return {}


@dataclass(frozen=True, slots=True)
class Common(Question[list[Edge]]):
    """Read the edges of the list `first` in `window` whose other end is also in
    `second`.

    The cost is at most a small multiple of the length of the shorter list.
    """

    relation: str
    first: Neighbours
    second: Neighbours
    window: Window

    hook = "_common"

    def cleaned(self) -> Common:
        return Common(
            find(self.relation).name,
            clean_neighbours(self.first),
            clean_neighbours(self.second),
            clean_window(self.window),
        )


@dataclass(frozen=True, slots=True)
class CommonCount(Question[int]):
    """Count the resources that are in both lists.

    The cost is a small multiple of the length of the shorter list.
    """

    relation: str
    first: Neighbours
    second: Neighbours
    identifiers: Sequence[str] | None = None

    hook = "_common_count"

    def cleaned(self) -> CommonCount:
        return CommonCount(
            find(self.relation).name,
            clean_neighbours(self.first),
            clean_neighbours(self.second),
            clean_identifiers(self.identifiers),
        )


@dataclass(frozen=True, slots=True)
class Edges(Question[dict[Pair, Edge]]):
    """Find the edge between each of `pairs`, in any state.

    The relation need not be declared any longer.
    """

    relation: str
    pairs: Sequence[Pair]

    hook = "_edges"

    def cleaned(self) -> Edges:
        return Edges(clean_relation(self.relation), clean_pairs(self.pairs))

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def nothing(self) -> dict[Pair, Edge]:
        return {}


@dataclass(frozen=True, slots=True)
class Scan(Question[tuple[list[Edge], str | None]]):
    """Read about `limit` edges of all relations and all states, in the store's own
    order, and the place to go on from, which is None at the end.

    `after` is the place of an earlier answer. Every edge that exists during the whole
    scan is found. An edge that is written during the scan may be missing, or be found
    twice. On Redis, two answers may share a few other edges, if a server makes its
    table of keys smaller between them. No lock is held between two questions. Raise
    InvalidCursor for a place of another store.
    """

    after: str | None = None
    limit: int = 1000

    hook = "_scan"

    def cleaned(self) -> Scan:
        if self.after is not None and not isinstance(self.after, str):
            raise InvalidCursor(f"{self.after!r} is not a place in a scan: not text.")
        if self.limit < 1:
            raise ValueError(f"A scan needs a limit of at least 1, not {self.limit!r}.")
        return self
