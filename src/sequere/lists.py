from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Sequence,
)
from datetime import datetime
from typing import Generic, TypeVar, cast, overload

from asgiref.sync import sync_to_async
from django.db.models import Model

from sequere import cursors
from sequere.backends.base import position
from sequere.registration import registry
from sequere.sources import Part, Source
from sequere.types import Edge, Page, Position

M = TypeVar("M", bound=Model, covariant=True)
T = TypeVar("T")
Item = tuple[M, datetime]
Found = tuple[Edge, Item[M]]
Read = tuple[list[Edge], list[Found[M]]]
# Yields the parts of a list that it needs, is sent them, and returns what it found.
Search = Generator[Part, Read[M], T]

CHUNK_SIZE = 500
REPR_SIZE = 20


class ResourceList(Sequence["Item[M]"], Generic[M]):
    """The pairs `(instance, since when)` of a resource's followers or followings,
    newest first. Reads nothing until it is asked, and then reads anew each time.

    len() and bool() are one query. A slice, an index or a page() is one query, and
    one more for each type of instance. Iterating reads 500 at a time; `async for`,
    acount() and apage() do the same for asyncio. Slices that
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

    async def __aiter__(self) -> AsyncIterator[Item[M]]:
        part: Part | None = Part(limit=CHUNK_SIZE)
        while part:
            edges, found = await self._aread(part)
            for _, item in found:
                yield item
            part = self._behind(part, edges)

    def _walk(self, *, newest_first: bool) -> Iterator[Item[M]]:
        part: Part | None = Part(limit=CHUNK_SIZE, newest_first=newest_first)
        while part:
            edges, found = self._read(part)
            for _, item in found:
                yield item
            part = self._behind(part, edges)

    async def acount(self) -> int:
        """len() for asyncio."""
        return await self._source.acount()

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
            search = self._found(size, offset=start)
            return [item for _, item in answer(search, self._read)]
        if index < 0:
            raise ValueError("Lists of resources have no negative index or step.")
        try:
            [(_, item)] = answer(self._found(1, offset=index), self._read)
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
        search = self._page(size, after)
        return answer(search, self._read)

    async def apage(self, size: int, *, after: str | None = None) -> Page[Item[M]]:
        """page() for asyncio."""
        search = self._page(size, after)
        return await aanswer(search, self._aread)

    def _page(self, size: int, after: str | None) -> Search[M, Page[Item[M]]]:
        if size < 1:
            raise ValueError(f"A page needs a size of at least 1, not {size!r}.")
        place = cursors.decode(str(self._source), after) if after else None
        found = yield from self._found(size + 1, after=place)
        shown, more = found[:size], len(found) > size
        return Page(
            [item for _, item in shown],
            cursors.encode(str(self._source), self._position(shown[-1][0]))
            if more
            else None,
        )

    def _found(
        self, size: int, *, after: Position | None = None, offset: int = 0
    ) -> Search[M, list[Found[M]]]:
        """The next `size` items that can be shown, or what there is."""
        found: list[Found[M]] = []
        part = Part(after=after, limit=size, offset=offset)
        while len(found) < size:
            edges, more = yield part
            found += more
            if len(edges) < part["limit"]:
                break
            # Many can be gone in a row: do not look for the next one by one.
            limit = max(size, CHUNK_SIZE)
            part = Part(after=self._position(edges[-1]), limit=limit)
        return found[:size]

    def _read(self, part: Part) -> Read[M]:
        edges = self._source.edges(**part)
        return edges, self._resolve(edges)

    async def _aread(self, part: Part) -> Read[M]:
        edges = await self._source.aedges(**part)
        return edges, await sync_to_async(self._resolve)(edges)

    def _resolve(self, edges: list[Edge]) -> list[Found[M]]:
        direction = self._source.direction
        found = registry.resolve(edge.other(direction) for edge in edges)
        return [
            (edge, (cast(M, found[ref]), edge.created))
            for edge in edges
            if (ref := edge.other(direction)) in found
        ]

    def _behind(self, part: Part, edges: list[Edge]) -> Part | None:
        """The part after `part`, if there can be more."""
        if len(edges) < part["limit"]:
            return None
        return Part({**part, "after": self._position(edges[-1])})

    def _position(self, edge: Edge) -> Position:
        return position(edge, self._source.direction)


def answer(search: Search[M, T], read: Callable[[Part], Read[M]]) -> T:
    """Give `search` the parts that it asks for, and return what it finds."""
    try:
        part = next(search)
        while True:
            part = search.send(read(part))
    except StopIteration as done:
        result: T = done.value
        return result


async def aanswer(
    search: Search[M, T], read: Callable[[Part], Awaitable[Read[M]]]
) -> T:
    try:
        part = next(search)
        while True:
            part = search.send(await read(part))
    except StopIteration as done:
        result: T = done.value
        return result
