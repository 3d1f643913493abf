from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.core.checks import CheckMessage

from sequere.types import Direction, Edge, Pair, Position, Ref
from sequere.validation import (
    clean_edge,
    clean_identifiers,
    clean_ref,
    clean_relation,
)


class BaseBackend(ABC):
    """A store of edges.

    Public methods check and normalise what they are given; the hooks below them,
    whose names start with an underscore, get clean values. A backend implements
    the abstract hooks and may override what is derived from them.

    A constructor takes the alias and its options as keywords, and connects to
    nothing: there is one instance for each thread and asyncio task.
    """

    # Do writes join the database transaction that surrounds them?
    supports_transactions = False

    # Is a follow refused when its source or target was deleted, even just now?
    supports_integrity = False

    # May it serve a site in production?
    supports_production = True

    def __init__(self, alias: str) -> None:
        self.alias = alias

    # Writing

    def add(self, edges: Iterable[Edge]) -> list[Edge]:
        """Store `edges` and return those that were not there before.

        An edge that is there keeps its time. Raise SelfFollow or InvalidEdge, with
        nothing stored, if one of them cannot be.
        """
        first: dict[tuple[str, Ref, Ref], Edge] = {}
        for edge in map(clean_edge, edges):
            first.setdefault(edge[:3], edge)
        return self._add(list(first.values())) if first else []

    def remove(self, relation: str, pairs: Iterable[Pair]) -> list[Edge]:
        """Remove the edges between `pairs` and return those that were there."""
        clean = dict.fromkeys(Pair(clean_ref(a), clean_ref(b)) for a, b in pairs)
        return self._remove(clean_relation(relation), list(clean)) if clean else []

    def forget(self, refs: Iterable[Ref]) -> None:
        """Remove every edge that starts or ends at one of `refs`."""
        if clean := list(dict.fromkeys(map(clean_ref, refs))):
            self._forget(clean)

    # Reading

    def contains(self, relation: str, source: Ref, target: Ref) -> bool:
        """Does `source` follow `target`?"""
        return self._contains(
            clean_relation(relation), clean_ref(source), clean_ref(target)
        )

    def lookup(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        others: Iterable[Ref],
    ) -> dict[Ref, datetime]:
        """Which of `others` are among the followers or followings of `ref`, and since
        when. The cost does not depend on how many `ref` has.
        """
        clean = list(dict.fromkeys(map(clean_ref, others)))
        if not clean:
            return {}
        return self._lookup(clean_relation(relation), clean_ref(ref), direction, clean)

    def page(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        *,
        identifiers: Collection[str] | None = None,
        after: Position | None = None,
        limit: int,
        offset: int = 0,
        newest_first: bool = True,
    ) -> list[Edge]:
        """Up to `limit` edges of `ref`, in order of (created, identifier, object_id)
        of the other end, beginning `offset` edges behind the position `after`.

        `identifiers` keeps those whose other end has one of them. The cost does not
        depend on `after`, and grows with `offset`.
        """
        return self._page(
            clean_relation(relation),
            clean_ref(ref),
            direction,
            identifiers=clean_identifiers(identifiers),
            after=after,
            limit=limit,
            offset=offset,
            newest_first=newest_first,
        )

    def counts(
        self,
        relation: str,
        refs: Iterable[Ref],
        direction: Direction,
        *,
        identifiers: Collection[str] | None = None,
    ) -> dict[Ref, int]:
        """How many followers or followings each of `refs` has: exact."""
        clean = list(dict.fromkeys(map(clean_ref, refs)))
        if not clean:
            return {}
        found = self._counts(
            clean_relation(relation),
            clean,
            direction,
            identifiers=clean_identifiers(identifiers),
        )
        return {ref: found.get(ref, 0) for ref in clean}

    def friends(
        self,
        relation: str,
        ref: Ref,
        *,
        identifiers: Collection[str] | None = None,
        after: Position | None = None,
        limit: int,
        offset: int = 0,
        newest_first: bool = True,
    ) -> list[Edge]:
        """Like page(), of the followings that follow `ref` back.

        The time is when `ref` followed.
        """
        return self._friends(
            clean_relation(relation),
            clean_ref(ref),
            identifiers=clean_identifiers(identifiers),
            after=after,
            limit=limit,
            offset=offset,
            newest_first=newest_first,
        )

    def friends_count(
        self, relation: str, ref: Ref, *, identifiers: Collection[str] | None = None
    ) -> int:
        """How many resources `ref` follows and is followed by."""
        return self._friends_count(
            clean_relation(relation),
            clean_ref(ref),
            identifiers=clean_identifiers(identifiers),
        )

    # What is derived

    def _friends(
        self,
        relation: str,
        ref: Ref,
        *,
        identifiers: Sequence[str] | None,
        after: Position | None,
        limit: int,
        offset: int,
        newest_first: bool,
    ) -> list[Edge]:
        """Two reads for each `limit` followings."""
        found: list[Edge] = []
        wanted = offset + limit
        while True:
            edges = self.page(
                relation,
                ref,
                "followings",
                identifiers=identifiers,
                after=after,
                limit=max(limit, 100),
                newest_first=newest_first,
            )
            targets = [edge.target for edge in edges]
            mutual = self.lookup(relation, ref, "followers", targets)
            found += [edge for edge in edges if edge.target in mutual]
            if len(found) >= wanted or not edges:
                return found[offset:wanted]
            after = position(edges[-1], "followings")

    def _friends_count(
        self, relation: str, ref: Ref, *, identifiers: Sequence[str] | None
    ) -> int:
        """Reads all followings."""
        everyone = self.counts(relation, [ref], "followings", identifiers=identifiers)
        limit = max(everyone[ref], 1)
        return len(self.friends(relation, ref, identifiers=identifiers, limit=limit))

    # Around

    @abstractmethod
    def clear(self) -> None:
        """Remove all edges of this backend, and nothing else."""

    def shares_transaction(self, using: str) -> bool:
        """Does a write made now commit and roll back with the database `using`?"""
        return False

    def atomic(self) -> AbstractContextManager[Any]:
        """All writes inside happen or none, where the backend has transactions."""
        return nullcontext()

    def when_final(self, callback: Callable[[], Any]) -> None:
        """Call `callback` once the writes made so far cannot be rolled back."""
        callback()

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """System checks of this backend; `databases` are those being checked."""
        return []

    # What a backend implements

    @abstractmethod
    def _add(self, edges: Sequence[Edge]) -> list[Edge]: ...

    @abstractmethod
    def _remove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]: ...

    @abstractmethod
    def _forget(self, refs: Sequence[Ref]) -> None: ...

    @abstractmethod
    def _lookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]: ...

    def _contains(self, relation: str, source: Ref, target: Ref) -> bool:
        return bool(self._lookup(relation, source, "followings", [target]))

    @abstractmethod
    def _page(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        *,
        identifiers: Sequence[str] | None,
        after: Position | None,
        limit: int,
        offset: int,
        newest_first: bool,
    ) -> list[Edge]: ...

    @abstractmethod
    def _counts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        *,
        identifiers: Sequence[str] | None,
    ) -> dict[Ref, int]: ...


def position(edge: Edge, direction: Direction) -> Position:
    """Where `edge` stands in a list of `direction`."""
    other = edge.other(direction)
    return Position(edge.created, other.identifier, other.object_id)
