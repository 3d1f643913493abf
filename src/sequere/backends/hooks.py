"""What a backend implements, and what is derived from it: of clean values only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, TypeVar

from asgiref.sync import sync_to_async

from sequere.backends.derived import Derived, joined
from sequere.exceptions import NotSupported
from sequere.plans import carry_out
from sequere.types import (
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Pair,
    Ref,
    Span,
    Window,
)

T = TypeVar("T")


class Hooks(ABC):
    """See BaseBackend for what each does. The twins of asyncio call the others in a
    thread.
    """

    alias: str

    # To implement

    @abstractmethod
    def _add(self, edges: Sequence[Edge]) -> list[Edge]: ...

    @abstractmethod
    def _remove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]: ...

    @abstractmethod
    def _forget(self, refs: Sequence[Ref], *, report: bool) -> list[Edge]: ...

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
        span: Span | None,
    ) -> dict[Ref, int]: ...

    def _scan(self, after: str | None, limit: int) -> tuple[list[Edge], str | None]:
        raise self._lacks("scan()", "_scan")

    # To implement where supports_archive is True

    def _archive(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        raise self._lacks("archive()", "supports_archive")

    def _restore(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        raise self._lacks("restore()", "supports_archive")

    def _lacks(self, verb: str, ability: str) -> NotSupported:
        return NotSupported(
            f"Backend {self.alias!r}: {type(self).__name__} has no {verb} ({ability})."
        )

    # To override where the store can do better

    def atomic(self) -> AbstractContextManager[Any]:
        """All writes inside happen or none, where the backend has transactions."""
        return nullcontext()

    def atomically(self, work: Callable[[], T]) -> T:
        """`work()` in atomic(). It may be called again, where the backend retries."""
        with self.atomic():
            return work()

    def _contains(self, relation: str, source: Ref, target: Ref) -> bool:
        return bool(self._lookup(relation, source, "followings", [target]))

    def _states(
        self, relation: str, ref: Ref, others: Sequence[Ref]
    ) -> dict[Ref, FollowState]:
        """Two reads."""
        return joined(
            self._lookup(relation, ref, "followings", others),
            self._lookup(relation, ref, "followers", others),
        )

    def _common(
        self, relation: str, first: Neighbours, second: Neighbours, window: Window
    ) -> list[Edge]:
        return carry_out(Derived(self, relation).common(first, second, window))

    def _common_count(
        self,
        relation: str,
        first: Neighbours,
        second: Neighbours,
        identifiers: Sequence[str] | None,
    ) -> int:
        plan = Derived(self, relation).common_count(first, second, identifiers)
        return carry_out(plan)

    def _pages(
        self, relation: str, refs: Sequence[Ref], direction: Direction, window: Window
    ) -> dict[Ref, list[Edge]]:
        return carry_out(Derived(self, relation).pages(refs, direction, window))

    # For asyncio

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

    async def _astates(
        self, relation: str, ref: Ref, others: Sequence[Ref]
    ) -> dict[Ref, FollowState]:
        return await sync_to_async(self._states)(relation, ref, others)

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
        span: Span | None,
    ) -> dict[Ref, int]:
        counts = sync_to_async(self._counts)
        return await counts(relation, refs, direction, identifiers, span)

    async def _acommon(
        self, relation: str, first: Neighbours, second: Neighbours, window: Window
    ) -> list[Edge]:
        return await sync_to_async(self._common)(relation, first, second, window)

    async def _acommon_count(
        self,
        relation: str,
        first: Neighbours,
        second: Neighbours,
        identifiers: Sequence[str] | None,
    ) -> int:
        count = sync_to_async(self._common_count)
        return await count(relation, first, second, identifiers)

    async def _apages(
        self, relation: str, refs: Sequence[Ref], direction: Direction, window: Window
    ) -> dict[Ref, list[Edge]]:
        return await sync_to_async(self._pages)(relation, refs, direction, window)

    async def _aarchive(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        return await sync_to_async(self._archive)(relation, ref, report=report)

    async def _arestore(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        return await sync_to_async(self._restore)(relation, ref, report=report)
