"""Read the edges of a list, its length, and whether it contains a resource."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from django.db.models import Model

from sequere.backends.base import BaseBackend
from sequere.handler import get_backend
from sequere.lists.filters import Current, Excluding, Filter
from sequere.order import behind, in_order
from sequere.plans import Plan, Work
from sequere.questions import Common, CommonCount, Counts, Lookup, PageOf
from sequere.registration import Audience, registry
from sequere.times import from_microseconds, is_within, to_microseconds
from sequere.types import (
    ACTIVE,
    Direction,
    Edge,
    Neighbours,
    Position,
    Ref,
    Span,
    Window,
)

Kind: TypeAlias = type[Model] | str

# This text sorts after every identifier.
LAST = "~"
# The number of edges in a read of a list that is counted one by one.
COUNT_SIZE = 10_000
NO_FILTER = (
    "`exclude` takes whole lists, such as get_blocked(viewer) or get_muted(viewer), "
    "and neither lists in common nor lists that are limited."
)


def identifiers_of(kinds: Iterable[Kind]) -> tuple[str, ...] | None:
    """Return the identifiers of models or identifiers. No kinds mean all: None.

    Raise the errors of Registry.get_for_kind().
    """
    found = {registry.get_for_kind(kind).identifier for kind in kinds}
    return tuple(sorted(found)) or None


@dataclass(frozen=True, slots=True)
class Reader(ABC):
    """The edges of a list. The methods are plans."""

    backend: BaseBackend
    relation: str
    first: Neighbours
    identifiers: tuple[str, ...] | None
    since: datetime | None = None
    until: datetime | None = None
    newest_first: bool = True
    state: int = ACTIVE
    filters: tuple[Filter, ...] = ()
    audience: Audience | None = None

    def __reduce__(self) -> Any:
        """Pickle the alias of the backend, and not its connections."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return unpickled, (type(self), values | {"backend": self.backend.alias})

    @property
    def direction(self) -> Direction:
        return self.first.direction

    def window(self, limit: int, *, offset: int = 0) -> Window:
        """Return the window of the first `limit` edges after `offset` edges."""
        return Window(limit, None, offset, self.newest_first, self.identifiers)

    def edges(self, window: Window) -> Plan[list[Edge]]:
        found = yield from self._edges(self._bounded(window))
        return self._within(found)

    def behind(self, window: Window, edges: list[Edge]) -> Window | None:
        """Return the window after the window of `edges`, or None if there is no more to
        read.
        """
        return behind(window, edges, self.direction)

    def created(self, other: Ref) -> Plan[datetime | None]:
        """Return since when `other` is in the list, or None if it is not."""
        if self.identifiers and other.identifier not in self.identifiers:
            return None
        moment = yield from self._created(other)
        if moment is None or not self._is_within(moment):
            return None
        edge = self.first.edge(self.relation, other, moment, self.state)
        if self.filters and not (yield from self.kept([edge])):
            return None
        if self.audience is not None:
            work = partial(registry.visible, [other], self.audience)
            if other not in (yield Work(work)):
                return None
        return moment

    def as_filter(self) -> Excluding:
        """Return the filter that omits the resources of this list from another list."""
        raise ValueError(NO_FILTER)

    def kept(self, edges: list[Edge]) -> Plan[list[Edge]]:
        """Return the edges that every filter keeps. One or two queries for each
        filter.
        """
        for each in self.filters:
            if edges:
                edges = yield from each.kept(edges, self.direction)
        return edges

    def count(self) -> Plan[int]:
        if self.filters:
            return (yield from self._walked())
        return (yield from self._count())

    def _walked(self) -> Plan[int]:
        """Return the length of the list, counted one by one."""
        counted = 0
        window: Window | None = self.window(COUNT_SIZE)
        while window:
            edges = yield from self.edges(window)
            counted += len((yield from self.kept(edges)))
            window = self.behind(window, edges)
        return counted

    @abstractmethod
    def _count(self) -> Plan[int]: ...

    @abstractmethod
    def scope(self) -> str:
        """Return the text that tells this list from other lists, whose cursors it
        refuses. The text omits the time limits, because they may be relative to now.
        """

    @abstractmethod
    def _edges(self, window: Window) -> Plan[list[Edge]]: ...

    @abstractmethod
    def _created(self, other: Ref) -> Plan[datetime | None]: ...

    def _bounded(self, window: Window) -> Window:
        """Return `window`, beginning no earlier than the time limits of the list."""
        start = self._start(newest_first=window.newest_first)
        if start is None:
            return window
        if window.after is not None:
            here, there = in_order(window.after), in_order(start)
            if (here < there) if window.newest_first else (here > there):
                return window
        return window._replace(after=start)

    def _start(self, *, newest_first: bool) -> Position | None:
        """Return the position after which the time limits of the list begin."""
        if newest_first:
            return None if self.until is None else Position(self.until, "", "")
        if self.since is None:
            return None
        before = from_microseconds(to_microseconds(self.since) - 1)
        return Position(before, LAST, "")

    def _within(self, edges: list[Edge]) -> list[Edge]:
        """Return `edges` up to the end of the time limits of the list."""
        if edges and not self._is_within(edges[-1].created):
            return [edge for edge in edges if self._is_within(edge.created)]
        return edges

    def _is_within(self, moment: datetime) -> bool:
        return is_within(to_microseconds(moment), self.since, self.until)

    def _scope(self, lists: str) -> str:
        return f"{self.relation} {lists} {self.identifiers} {self.newest_first}"

    def _since(self, whose: Neighbours, other: Ref) -> Plan[datetime | None]:
        times = yield from Lookup(self.relation, *whose, [other], self.state)
        return times.get(other)


def unpickled(kind: type[Reader], values: dict[str, Any]) -> Reader:
    return kind(**values | {"backend": get_backend(values["backend"])})


@dataclass(frozen=True, slots=True)
class PageReader(Reader):
    """Read followers, or followings."""

    def scope(self) -> str:
        ref, direction = self.first
        requests = f" {self.state}" if self.state else ""
        return self._scope(f"{direction} {ref}{requests}")

    def _count(self) -> Plan[int]:
        ref, direction = self.first
        ends = self.since, self.until
        span = None if ends == (None, None) else Span(*ends)
        counts = yield from Counts(
            self.relation, [ref], direction, self.identifiers, span, self.state
        )
        return counts[ref]

    def _edges(self, window: Window) -> Plan[list[Edge]]:
        return (yield from PageOf(self.relation, *self.first, window, self.state))

    def _created(self, other: Ref) -> Plan[datetime | None]:
        return self._since(self.first, other)

    def as_filter(self) -> Excluding:
        limits = self.identifiers, self.since, self.until
        filters = [each for each in self.filters if not isinstance(each, Current)]
        if filters or self.state or limits != (None, None, None):
            raise ValueError(NO_FILTER)
        return Excluding(self.relation, self.first)


@dataclass(frozen=True, slots=True)
class CommonReader(Reader):
    """Read the resources that are in two lists, with the order and times of the first
    list.
    """

    second: Neighbours = field(kw_only=True)

    def scope(self) -> str:
        (one, direction), (other, other_direction) = self.first, self.second
        return self._scope(f"{direction} {one} {other_direction} {other}")

    def _count(self) -> Plan[int]:
        both = self.first, self.second
        if self.since is None and self.until is None:
            return (yield from CommonCount(self.relation, *both, self.identifiers))
        return (yield from self._walked())

    def _edges(self, window: Window) -> Plan[list[Edge]]:
        return (yield from Common(self.relation, self.first, self.second, window))

    def _created(self, other: Ref) -> Plan[datetime | None]:
        if (yield from self._since(self.second, other)) is None:
            return None
        return (yield from self._since(self.first, other))
