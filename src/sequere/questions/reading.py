"""The questions that read."""

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
    """`state` at `moment`: a mute may have ended."""
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
    """Which of `others` are among the followers or followings of `ref`, and since when.

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
    """How `ref` and each of `others` stand to each other.

    Blocks and mutes are looked up for a relation that a block bars. The cost does not
    depend on how many followers or followings they have.
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
    """How many followers or followings each of `refs` has: exact.

    `identifiers` counts edges whose other end has one of them; `span` counts edges
    with `since <= created < until`, which are read one by one; `state` REQUESTED counts
    requests.
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
    """The edges of a list that are in `window`; of requests, if `state` is REQUESTED.

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
    """PageOf for each of `refs`: the same window of every list."""

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
    """The edges of the list `first` in `window` whose other end is in `second`, too.

    Reads no more of either list than a small multiple of the shorter one.
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
    """How many resources are in both lists. Reads all of the shorter list."""

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
    """The edge that stands between each of `pairs`, whatever its state is.

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
    """About `limit` edges of all relations and all states, in the store's own order,
    and the place to go on from: None at the end.

    `after` is the place of an earlier answer. Every edge that exists as long as the
    scan runs is found; an edge that is written meanwhile may be missing, or be found
    twice. No lock is held between two questions. Raise InvalidCursor for a place that
    is not of this store.
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
