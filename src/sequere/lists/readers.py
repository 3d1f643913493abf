"""Where the lists of the public verbs get their edges and counts from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Model

from sequere.backends.base import BaseBackend
from sequere.backends.derived import in_order, position
from sequere.handler import get_backend
from sequere.plans import Ask, Plan, ask
from sequere.registration import registry
from sequere.times import MICROSECOND
from sequere.types import Direction, Edge, Neighbours, Position, Ref

Kind: TypeAlias = type[Model] | str

# Sorts behind every identifier.
LAST = "~"
# Edges in a read of a list that has to be counted one by one.
COUNT_SIZE = 10_000


class Part(NamedTuple):
    """Which part of a list is read; see BaseBackend.page()."""

    limit: int
    after: Position | None = None
    offset: int = 0
    newest_first: bool = True


def identifiers_of(kinds: Iterable[Kind]) -> tuple[str, ...] | None:
    """The identifiers of models or identifiers; None, for all, if there are none.

    Raise what Registry.get_for_kind() raises.
    """
    found = {registry.get_for_kind(kind).identifier for kind in kinds}
    return tuple(sorted(found)) or None


@dataclass(frozen=True, slots=True)
class Reader(ABC):
    """The edges that a list shows: plans that ask the backend for them."""

    backend: BaseBackend
    relation: str
    first: Neighbours
    identifiers: tuple[str, ...] | None
    since: datetime | None = None
    until: datetime | None = None
    newest_first: bool = True

    def __reduce__(self) -> Any:
        """Pickle the alias of the backend, and not its connections."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return unpickled, (type(self), values | {"backend": self.backend.alias})

    @property
    def direction(self) -> Direction:
        return self.first.direction

    def edges(self, part: Part) -> Plan[list[Edge]]:
        found: list[Edge] = yield self._edges(self._bounded(part))
        return self._within(found)

    def behind(self, part: Part, edges: list[Edge]) -> Part | None:
        """The part after `part`, in which `edges` were found, if there can be more."""
        if len(edges) < part.limit:
            return None
        return part._replace(after=position(edges[-1], self.direction), offset=0)

    def created(self, other: Ref) -> Plan[datetime | None]:
        """Since when `other` is in the list; None if it is not."""
        if self.identifiers and other.identifier not in self.identifiers:
            return None
        moment = yield from self._created(other)
        if moment is None or not self._is_within(moment):
            return None
        return moment

    @abstractmethod
    def count(self) -> Plan[int]: ...

    @abstractmethod
    def scope(self) -> str:
        """What tells the list from others, whose cursors it refuses. Not its time,
        which may be relative to now.
        """

    @abstractmethod
    def _edges(self, part: Part) -> Ask: ...

    @abstractmethod
    def _created(self, other: Ref) -> Plan[datetime | None]: ...

    def _bounded(self, part: Part) -> Part:
        """`part`, beginning no earlier than the time of the list."""
        start = self._start(newest_first=part.newest_first)
        if start is None:
            return part
        if part.after is not None:
            here, there = in_order(part.after), in_order(start)
            if (here < there) if part.newest_first else (here > there):
                return part
        return part._replace(after=start)

    def _start(self, *, newest_first: bool) -> Position | None:
        """The place behind which the time of the list begins."""
        if newest_first:
            return None if self.until is None else Position(self.until, "", "")
        if self.since is None:
            return None
        return Position(self.since - MICROSECOND, LAST, "")

    def _within(self, edges: list[Edge]) -> list[Edge]:
        """`edges`, ending where the time of the list ends."""
        if edges and not self._is_within(edges[-1].created):
            return [edge for edge in edges if self._is_within(edge.created)]
        return edges

    def _is_within(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (
            self.until is None or moment < self.until
        )

    def _scope(self, lists: str) -> str:
        return f"{self.relation} {lists} {self.identifiers} {self.newest_first}"

    def _ask(self, verb: str, *arguments: Any, **options: Any) -> Ask:
        return ask(self.backend, verb, self.relation, *arguments, **options)

    def _since(self, whose: Neighbours, other: Ref) -> Plan[datetime | None]:
        times: dict[Ref, datetime] = yield self._ask("lookup", *whose, [other])
        return times.get(other)


def unpickled(kind: type[Reader], values: dict[str, Any]) -> Reader:
    return kind(**values | {"backend": get_backend(values["backend"])})


@dataclass(frozen=True, slots=True)
class PageReader(Reader):
    """Followers, or followings."""

    def scope(self) -> str:
        ref, direction = self.first
        return self._scope(f"{direction} {ref}")

    def count(self) -> Plan[int]:
        ref, direction = self.first
        counts: dict[Ref, int] = yield self._ask(
            "counts",
            [ref],
            direction,
            identifiers=self.identifiers,
            since=self.since,
            until=self.until,
        )
        return counts[ref]

    def _edges(self, part: Part) -> Ask:
        options = part._asdict()
        return self._ask("page", *self.first, identifiers=self.identifiers, **options)

    def _created(self, other: Ref) -> Plan[datetime | None]:
        return self._since(self.first, other)


@dataclass(frozen=True, slots=True)
class CommonReader(Reader):
    """What is in two lists, in the order and with the times of the first."""

    second: Neighbours = field(kw_only=True)

    def scope(self) -> str:
        (one, direction), (other, other_direction) = self.first, self.second
        return self._scope(f"{direction} {one} {other_direction} {other}")

    def count(self) -> Plan[int]:
        if self.since is None and self.until is None:
            count: int = yield self._ask(
                "common_count", self.first, self.second, identifiers=self.identifiers
            )
            return count
        counted = 0
        part: Part | None = Part(limit=COUNT_SIZE)
        while part:
            edges = yield from self.edges(part)
            counted += len(edges)
            part = self.behind(part, edges)
        return counted

    def _edges(self, part: Part) -> Ask:
        return self._ask(
            "common",
            self.first,
            self.second,
            identifiers=self.identifiers,
            **part._asdict(),
        )

    def _created(self, other: Ref) -> Plan[datetime | None]:
        if (yield from self._since(self.second, other)) is None:
            return None
        return (yield from self._since(self.first, other))
