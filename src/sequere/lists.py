from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar, cast, overload

from django.db.models import Model

from sequere import cursors
from sequere.backends.base import position
from sequere.registration import registry
from sequere.types import Direction, Edge, Page, Position

M = TypeVar("M", bound=Model, covariant=True)
Item = tuple[M, datetime]

CHUNK_SIZE = 500
REPR_SIZE = 20


class Source(Protocol):
    """Where a list gets its edges from."""

    @property
    def direction(self) -> Direction: ...

    def edges(
        self,
        *,
        after: Position | None,
        limit: int,
        offset: int = 0,
        newest_first: bool = True,
    ) -> list[Edge]: ...

    def count(self) -> int: ...

    def __str__(self) -> str: ...


class ResourceList(Sequence["Item[M]"], Generic[M]):
    """The pairs `(instance, since when)` of a resource's followers or followings,
    newest first. Reads nothing until it is asked, and then reads anew each time.

    len() and bool() are one query. A slice, an index or a page() is one query, and
    one more for each type of instance. Iterating reads 500 at a time. Slices that
    begin far down cost what is before them; page() costs the same at any depth.

    Resources that are gone or hidden are not shown, and what follows them fills the
    place. len() and the places of slices count edges, hidden ones too: where some are
    hidden, slices that follow each other may show an item twice, and page() never does.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def __len__(self) -> int:
        return self._source.count()

    def __iter__(self) -> Iterator[Item[M]]:
        return self._walk(newest_first=True)

    def __reversed__(self) -> Iterator[Item[M]]:
        return self._walk(newest_first=False)

    def _walk(self, *, newest_first: bool) -> Iterator[Item[M]]:
        after = None
        while True:
            edges = self._source.edges(
                after=after, limit=CHUNK_SIZE, newest_first=newest_first
            )
            for _, item in self._resolve(edges):
                yield item
            if len(edges) < CHUNK_SIZE:
                return
            after = self._position(edges[-1])

    @overload
    def __getitem__(self, index: int) -> Item[M]: ...

    @overload
    def __getitem__(self, index: slice) -> list[Item[M]]: ...

    def __getitem__(self, index: int | slice) -> Item[M] | list[Item[M]]:
        if isinstance(index, slice):
            start, stop, step = index.start or 0, index.stop, index.step
            if start < 0 or (stop is not None and stop < 0) or step not in (None, 1):
                raise ValueError("Lists of resources have no negative index or step.")
            size = (len(self) if stop is None else stop) - start
            return [item for _, item in self._found(size, offset=start)]
        if index < 0:
            raise ValueError("Lists of resources have no negative index or step.")
        try:
            [(_, item)] = self._found(1, offset=index)
        except ValueError:
            raise IndexError(f"The list ends before index {index}.") from None
        return item

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (ResourceList, list)):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = [repr(item) for item in self[: REPR_SIZE + 1]]
        if len(shown) > REPR_SIZE:
            shown[-1] = "..."
        return f"[{', '.join(shown)}]"

    def page(self, size: int, *, after: str | None = None) -> Page[Item[M]]:
        """Up to `size` items behind the cursor `after`, and the cursor of the rest.

        Without a cursor (None, or empty as in "?after=") it is the first page.
        Pages neither repeat nor skip an item when the list changes between them.
        Raise InvalidCursor for one of another list. One query, whatever the depth,
        and one more for each type of instance.
        """
        if size < 1:
            raise ValueError(f"A page needs a size of at least 1, not {size!r}.")
        place = cursors.decode(str(self._source), after) if after else None
        found = self._found(size + 1, after=place)
        shown, more = found[:size], len(found) > size
        return Page(
            [item for _, item in shown],
            cursors.encode(str(self._source), self._position(shown[-1][0]))
            if more
            else None,
        )

    def _found(
        self, size: int, *, after: Position | None = None, offset: int = 0
    ) -> list[tuple[Edge, Item[M]]]:
        """The next `size` items that can be shown, or what there is."""
        found: list[tuple[Edge, Item[M]]] = []
        limit = size
        while len(found) < size:
            edges = self._source.edges(after=after, limit=limit, offset=offset)
            found += self._resolve(edges)
            if len(edges) < limit:
                break
            # Many can be gone in a row: do not look for the next one by one.
            after, offset = self._position(edges[-1]), 0
            limit = max(size, CHUNK_SIZE)
        return found[:size]

    def _resolve(self, edges: list[Edge]) -> list[tuple[Edge, Item[M]]]:
        direction = self._source.direction
        found = registry.resolve(edge.other(direction) for edge in edges)
        return [
            (edge, (cast(M, found[ref]), edge.created))
            for edge in edges
            if (ref := edge.other(direction)) in found
        ]

    def _position(self, edge: Edge) -> Position:
        return position(edge, self._source.direction)
