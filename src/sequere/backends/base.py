from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack

from django.core.checks import CheckMessage

from sequere.backends.hooks import Hooks
from sequere.exceptions import InvalidCursor, NotSupported
from sequere.types import (
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Pair,
    Progress,
    Ref,
    WindowOptions,
)
from sequere.validation import (
    clean_edges,
    clean_identifiers,
    clean_neighbours,
    clean_pairs,
    clean_ref,
    clean_refs,
    clean_relation,
    clean_span,
    clean_window,
)

if TYPE_CHECKING:
    from sequere.backends.graph import Graph
    from sequere.registration import Registration

STRANGERS = FollowState()
# Edges in a step of a scan.
SCAN_SIZE = 1000


class BaseBackend(Hooks):
    """A store of edges.

    Public methods check and normalise what they are given; the hooks behind them,
    whose names start with an underscore, get clean values. A backend implements
    the abstract Hooks and may override what is derived from them.

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

    # Can a resource's edges be put away, and brought back?
    supports_archive = False

    # Are its twins for asyncio awaited by a driver of their own, without a thread?
    supports_async = False

    # Can its edges be joined to the site's own tables, in one query?
    supports_querysets = False

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

    def forget(self, refs: Iterable[Ref], *, report: bool = False) -> list[Edge]:
        """Remove every edge that starts or ends at one of `refs`, in every relation
        and state. Return the removed edges if `report` asks for them, else nothing.
        """
        clean = clean_refs(refs)
        return self._forget(clean, report=report) if clean else []

    def archive(self, relation: str, ref: Ref, *, report: bool = False) -> list[Edge]:
        """Take the edges that `ref` has now out of all lists and counts.

        Return the edges whose state changed, as they are now, if `report` asks for
        them, else nothing. Raise NotSupported where `supports_archive` is False.
        """
        return self._archive(clean_relation(relation), clean_ref(ref), report=report)

    async def aarchive(
        self, relation: str, ref: Ref, *, report: bool = False
    ) -> list[Edge]:
        name, clean = clean_relation(relation), clean_ref(ref)
        return await self._aarchive(name, clean, report=report)

    def restore(self, relation: str, ref: Ref, *, report: bool = False) -> list[Edge]:
        """Undo archive(). Edges whose other end is archived, too, stay away.

        Return and raise as archive() does.
        """
        return self._restore(clean_relation(relation), clean_ref(ref), report=report)

    async def arestore(
        self, relation: str, ref: Ref, *, report: bool = False
    ) -> list[Edge]:
        name, clean = clean_relation(relation), clean_ref(ref)
        return await self._arestore(name, clean, report=report)

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

    def states(
        self, relation: str, ref: Ref, others: Iterable[Ref]
    ) -> dict[Ref, FollowState]:
        """How `ref` and each of `others` stand to each other. The cost does not depend
        on how many followers or followings they have.
        """
        clean = clean_refs(others)
        if not clean:
            return {}
        found = self._states(clean_relation(relation), clean_ref(ref), clean)
        return {other: found.get(other, STRANGERS) for other in clean}

    async def astates(
        self, relation: str, ref: Ref, others: Iterable[Ref]
    ) -> dict[Ref, FollowState]:
        clean = clean_refs(others)
        if not clean:
            return {}
        found = await self._astates(clean_relation(relation), clean_ref(ref), clean)
        return {other: found.get(other, STRANGERS) for other in clean}

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
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[Ref, int]:
        """How many followers or followings each of `refs` has: exact.

        With `since` or `until`, of those from the one on and before the other.
        """
        clean, kinds = clean_refs(refs), clean_identifiers(identifiers)
        if not clean:
            return {}
        name, span = clean_relation(relation), clean_span(since, until)
        found = self._counts(name, clean, direction, kinds, span)
        return {ref: found.get(ref, 0) for ref in clean}

    async def acounts(
        self,
        relation: str,
        refs: Iterable[Ref],
        direction: Direction,
        *,
        identifiers: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[Ref, int]:
        clean, kinds = clean_refs(refs), clean_identifiers(identifiers)
        if not clean:
            return {}
        name, span = clean_relation(relation), clean_span(since, until)
        found = await self._acounts(name, clean, direction, kinds, span)
        return {ref: found.get(ref, 0) for ref in clean}

    def pages(
        self,
        relation: str,
        refs: Iterable[Ref],
        direction: Direction,
        **window: Unpack[WindowOptions],
    ) -> dict[Ref, list[Edge]]:
        """page() of each of `refs`: the same window of every list."""
        return self._pages(
            clean_relation(relation), clean_refs(refs), direction, clean_window(window)
        )

    async def apages(
        self,
        relation: str,
        refs: Iterable[Ref],
        direction: Direction,
        **window: Unpack[WindowOptions],
    ) -> dict[Ref, list[Edge]]:
        return await self._apages(
            clean_relation(relation), clean_refs(refs), direction, clean_window(window)
        )

    def common(
        self,
        relation: str,
        first: Neighbours,
        second: Neighbours,
        **window: Unpack[WindowOptions],
    ) -> list[Edge]:
        """Like page() of `first`, of those that are in `second`, too.

        Reads no more of either list than a small multiple of the shorter one.
        """
        return self._common(
            clean_relation(relation),
            clean_neighbours(first),
            clean_neighbours(second),
            clean_window(window),
        )

    async def acommon(
        self,
        relation: str,
        first: Neighbours,
        second: Neighbours,
        **window: Unpack[WindowOptions],
    ) -> list[Edge]:
        return await self._acommon(
            clean_relation(relation),
            clean_neighbours(first),
            clean_neighbours(second),
            clean_window(window),
        )

    def common_count(
        self,
        relation: str,
        first: Neighbours,
        second: Neighbours,
        *,
        identifiers: Collection[str] | None = None,
    ) -> int:
        """How many are in both lists. Reads all of the shorter one."""
        return self._common_count(
            clean_relation(relation),
            clean_neighbours(first),
            clean_neighbours(second),
            clean_identifiers(identifiers),
        )

    async def acommon_count(
        self,
        relation: str,
        first: Neighbours,
        second: Neighbours,
        *,
        identifiers: Collection[str] | None = None,
    ) -> int:
        return await self._acommon_count(
            clean_relation(relation),
            clean_neighbours(first),
            clean_neighbours(second),
            clean_identifiers(identifiers),
        )

    # Around

    def scan(
        self, after: str | None = None, *, limit: int = SCAN_SIZE
    ) -> tuple[list[Edge], str | None]:
        """About `limit` edges of all relations and states, in the store's own order,
        and the place to give as `after` next time: None at the end.

        Complete for edges that exist throughout, while others write. An edge that is
        written meanwhile may be missing or appear twice. Raise InvalidCursor for an
        `after` that no scan returned.
        """
        if limit < 1:
            raise ValueError(f"A scan needs a limit of at least 1, not {limit!r}.")
        if after is not None and not isinstance(after, str):
            raise InvalidCursor(f"{after!r} is not a place in a scan: it is not text.")
        return self._scan(after, limit)

    def clear(self) -> None:
        """Remove all edges of this backend, and nothing else. Derived from a scan."""
        for edges in scanned(self):
            pairs: dict[str, list[Pair]] = defaultdict(list)
            for edge in edges:
                pairs[edge.relation].append(Pair(edge.source, edge.target))
            for relation, found in pairs.items():
                self._remove(relation, found)

    def shares_transaction(self, using: str) -> bool:
        """Does a write made now commit and roll back with the database `using`?"""
        return False

    def when_final(self, callback: Callable[[], Any]) -> None:
        """Call `callback` once the writes made so far cannot be rolled back."""
        callback()

    def graph(
        self, relation: str, registration: Registration, using: str
    ) -> Graph | None:
        """What querysets of a registered model join, if edges are in `using`."""
        return None

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


def scanned(backend: BaseBackend) -> Iterator[list[Edge]]:
    """The answers of a whole scan()."""
    after: str | None = None
    while True:
        edges, after = backend.scan(after)
        yield edges
        if after is None:
            return
