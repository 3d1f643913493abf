from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Unpack

from asgiref.sync import sync_to_async
from django.core.checks import CheckMessage

from sequere.exceptions import NotSupported
from sequere.types import (
    Direction,
    Edge,
    Pair,
    Position,
    Progress,
    Ref,
    Window,
    WindowOptions,
)
from sequere.validation import (
    clean_edges,
    clean_identifiers,
    clean_pairs,
    clean_ref,
    clean_refs,
    clean_relation,
    clean_window,
)


class BaseBackend(ABC):
    """A store of edges.

    Public methods check and normalise what they are given; the hooks below them,
    whose names start with an underscore, get clean values. A backend implements
    the abstract hooks and may override what is derived from them.

    What begins with an `a` does the same for asyncio. It is derived, in a thread;
    a store with an asyncio driver of its own overrides these hooks, too.

    A constructor takes the alias and its options as keywords, and connects to
    nothing: there is one instance for each thread and asyncio task.
    """

    # Do writes join the database transaction that surrounds them?
    supports_transactions = False

    # Is a follow refused when its source or target was deleted, even just now?
    supports_integrity = False

    # Are there two sides of an edge that verify() and repair() can compare?
    supports_repair = False

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
        clean = clean_edges(edges)
        return self._add(clean) if clean else []

    async def aadd(self, edges: Iterable[Edge]) -> list[Edge]:
        clean = clean_edges(edges)
        return await self._aadd(clean) if clean else []

    def remove(self, relation: str, pairs: Iterable[Pair]) -> list[Edge]:
        """Remove the edges between `pairs` and return those that were there."""
        clean = clean_pairs(pairs)
        return self._remove(clean_relation(relation), clean) if clean else []

    async def aremove(self, relation: str, pairs: Iterable[Pair]) -> list[Edge]:
        clean = clean_pairs(pairs)
        return await self._aremove(clean_relation(relation), clean) if clean else []

    def forget(self, refs: Iterable[Ref]) -> None:
        """Remove every edge that starts or ends at one of `refs`."""
        if clean := clean_refs(refs):
            self._forget(clean)

    # Reading

    def contains(self, relation: str, source: Ref, target: Ref) -> bool:
        """Does `source` follow `target`?"""
        return self._contains(
            clean_relation(relation), clean_ref(source), clean_ref(target)
        )

    async def acontains(self, relation: str, source: Ref, target: Ref) -> bool:
        return await self._acontains(
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
        clean = clean_refs(others)
        if not clean:
            return {}
        return self._lookup(clean_relation(relation), clean_ref(ref), direction, clean)

    async def alookup(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        others: Iterable[Ref],
    ) -> dict[Ref, datetime]:
        clean = clean_refs(others)
        if not clean:
            return {}
        return await self._alookup(
            clean_relation(relation), clean_ref(ref), direction, clean
        )

    def page(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        **window: Unpack[WindowOptions],
    ) -> list[Edge]:
        """Up to `limit` edges of `ref`, in order of (created, identifier, object_id)
        of the other end, beginning `offset` edges behind the position `after`:
        the newest first, unless `newest_first` is False.

        `identifiers` keeps those whose other end has one of them. The cost does not
        depend on `after`, and grows with `offset`.
        """
        return self._page(
            clean_relation(relation), clean_ref(ref), direction, clean_window(window)
        )

    async def apage(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        **window: Unpack[WindowOptions],
    ) -> list[Edge]:
        return await self._apage(
            clean_relation(relation), clean_ref(ref), direction, clean_window(window)
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
        clean, kinds = clean_refs(refs), clean_identifiers(identifiers)
        if not clean:
            return {}
        found = self._counts(clean_relation(relation), clean, direction, kinds)
        return {ref: found.get(ref, 0) for ref in clean}

    async def acounts(
        self,
        relation: str,
        refs: Iterable[Ref],
        direction: Direction,
        *,
        identifiers: Collection[str] | None = None,
    ) -> dict[Ref, int]:
        clean, kinds = clean_refs(refs), clean_identifiers(identifiers)
        if not clean:
            return {}
        found = await self._acounts(clean_relation(relation), clean, direction, kinds)
        return {ref: found.get(ref, 0) for ref in clean}

    def friends(
        self, relation: str, ref: Ref, **window: Unpack[WindowOptions]
    ) -> list[Edge]:
        """Like page(), of the followings that follow `ref` back.

        The time is when `ref` followed.
        """
        return self._friends(
            clean_relation(relation), clean_ref(ref), clean_window(window)
        )

    async def afriends(
        self, relation: str, ref: Ref, **window: Unpack[WindowOptions]
    ) -> list[Edge]:
        return await self._afriends(
            clean_relation(relation), clean_ref(ref), clean_window(window)
        )

    def friends_count(
        self, relation: str, ref: Ref, *, identifiers: Collection[str] | None = None
    ) -> int:
        """How many resources `ref` follows and is followed by."""
        return self._friends_count(
            clean_relation(relation), clean_ref(ref), clean_identifiers(identifiers)
        )

    async def afriends_count(
        self, relation: str, ref: Ref, *, identifiers: Collection[str] | None = None
    ) -> int:
        return await self._afriends_count(
            clean_relation(relation), clean_ref(ref), clean_identifiers(identifiers)
        )

    # What is derived

    def _contains(self, relation: str, source: Ref, target: Ref) -> bool:
        return bool(self._lookup(relation, source, "followings", [target]))

    def _friends(self, relation: str, ref: Ref, window: Window) -> list[Edge]:
        """Two reads for each `limit` followings."""
        found: list[Edge] = []
        wanted = window.offset + window.limit
        part = window._replace(limit=max(window.limit, 100), offset=0)
        while True:
            edges = self._page(relation, ref, "followings", part)
            targets = [edge.target for edge in edges]
            mutual = self.lookup(relation, ref, "followers", targets)
            found += [edge for edge in edges if edge.target in mutual]
            if len(found) >= wanted or not edges:
                return found[window.offset : wanted]
            part = part._replace(after=position(edges[-1], "followings"))

    def _friends_count(
        self, relation: str, ref: Ref, identifiers: Sequence[str] | None
    ) -> int:
        """Reads all followings."""
        everyone = self._counts(relation, [ref], "followings", identifiers)
        window = Window(identifiers, None, max(everyone.get(ref, 0), 1), 0, True)
        return len(self._friends(relation, ref, window))

    async def _aadd(self, edges: Sequence[Edge]) -> list[Edge]:
        return await sync_to_async(self._add)(edges)

    async def _aremove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]:
        return await sync_to_async(self._remove)(relation, pairs)

    async def _acontains(self, relation: str, source: Ref, target: Ref) -> bool:
        return await sync_to_async(self._contains)(relation, source, target)

    async def _alookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]:
        return await sync_to_async(self._lookup)(relation, ref, direction, others)

    async def _apage(
        self, relation: str, ref: Ref, direction: Direction, window: Window
    ) -> list[Edge]:
        return await sync_to_async(self._page)(relation, ref, direction, window)

    async def _acounts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        identifiers: Sequence[str] | None,
    ) -> dict[Ref, int]:
        return await sync_to_async(self._counts)(relation, refs, direction, identifiers)

    async def _afriends(self, relation: str, ref: Ref, window: Window) -> list[Edge]:
        return await sync_to_async(self._friends)(relation, ref, window)

    async def _afriends_count(
        self, relation: str, ref: Ref, identifiers: Sequence[str] | None
    ) -> int:
        return await sync_to_async(self._friends_count)(relation, ref, identifiers)

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

    def verify(self, *, resume: str | None = None) -> Iterator[Progress]:
        """Compare both sides of all edges, step by step, and change nothing.

        Stop or sleep between the steps as you like; `resume` goes on behind a step of
        an earlier run. Others may write meanwhile. Raise NotSupported where the
        engine itself sees to it (`supports_repair`).
        """
        raise self._no_repair()

    def repair(self, *, resume: str | None = None) -> Iterator[Progress]:
        """verify(), and mend each problem at once."""
        raise self._no_repair()

    def _no_repair(self) -> NotSupported:
        return NotSupported(
            f"Backend {self.alias!r}: {type(self).__name__} has nothing to compare: "
            "each edge is stored once (supports_repair is False)."
        )

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

    @abstractmethod
    def _page(
        self, relation: str, ref: Ref, direction: Direction, window: Window
    ) -> list[Edge]: ...

    @abstractmethod
    def _counts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        identifiers: Sequence[str] | None,
    ) -> dict[Ref, int]: ...


def position(edge: Edge, direction: Direction) -> Position:
    """Where `edge` stands in a list of `direction`."""
    other = edge.other(direction)
    return Position(edge.created, other.identifier, other.object_id)
