from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

from django.db.models import Model

from sequere.lists import cursors
from sequere.lists.items import INSTANCES, KEYS, PAIRS, REFS, Found, Shape
from sequere.lists.readers import Reader
from sequere.plans import Plan
from sequere.registration import Resource, invalid_resource, registry
from sequere.times import clean_time, to_microseconds
from sequere.types import Page, Ref, Window
from sequere.verbs import acarry_out, carry_out

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    # What a list of no model in particular has.
    M = TypeVarWithDefault("M", bound=Model, default=Any)
else:
    M = TypeVar("M", bound=Model)
T = TypeVar("T")
Item = TypeVar("Item", covariant=True)

CHUNK_SIZE = 500
REPR_SIZE = 20


class ResourceList(Sequence[Item]):
    """A resource's followers, followings or friends: pairs `(instance, since when)`,
    newest first. Reads nothing until it is asked, and then reads anew each time.

    len() and `in` are one query. A slice, an index, first(), bool() or a page() is one
    query, and one more for each type of instance. Iterating reads 500 at a time. What
    begins with an `a`, and `async for`, do the same for asyncio. Slices that begin far
    down cost what is before them; page() costs the same at any depth.

    Resources that are gone or hidden are not shown, and what follows them fills the
    place. len(), `in` and the places of slices ask for edges, hidden ones too: where
    some are hidden, slices that follow each other may show an item twice, and page()
    never does.
    """

    def __init__(self, reader: Reader, shape: Shape = PAIRS) -> None:
        self._reader = reader
        self._shape = shape

    # The same list, otherwise

    def oldest_first(self) -> ResourceList[Item]:
        """The same items, in the other order."""
        return ResourceList(replace(self._reader, newest_first=False), self._shape)

    def since(self, moment: datetime) -> ResourceList[Item]:
        """Only what began at `moment` or later. len() then counts one by one."""
        reader = replace(self._reader, since=clean_time(moment))
        return ResourceList(reader, self._shape)

    def until(self, moment: datetime) -> ResourceList[Item]:
        """Only what began before `moment`. See since()."""
        reader = replace(self._reader, until=clean_time(moment))
        return ResourceList(reader, self._shape)

    def instances(self: ResourceList[tuple[M, datetime]]) -> ResourceList[M]:
        """The instances, without the times."""
        return ResourceList(self._reader, INSTANCES)

    def refs(self) -> ResourceList[Ref]:
        """The refs: no query for instances, and so also of those gone or hidden."""
        return ResourceList(self._reader, REFS)

    def ids(self) -> ResourceList[Any]:
        """The primary keys, as refs() has them. For lists of one model."""
        return ResourceList(self._reader, KEYS)

    # What a sequence has

    def __len__(self) -> int:
        return self._now(self._reader.count())

    async def acount(self) -> int:
        """len() for asyncio."""
        return await self._soon(self._reader.count())

    def __bool__(self) -> bool:
        return bool(self[:1])

    def __iter__(self) -> Iterator[Item]:
        window: Window | None = self._reader.window(CHUNK_SIZE)
        while window:
            found, window = self._now(self._read(window))
            for _, item in found:
                yield item

    async def __aiter__(self) -> AsyncIterator[Item]:
        window: Window | None = self._reader.window(CHUNK_SIZE)
        while window:
            found, window = await self._soon(self._read(window))
            for _, item in found:
                yield item

    def __reversed__(self) -> Iterator[Item]:
        newest_first = not self._reader.newest_first
        reader = replace(self._reader, newest_first=newest_first)
        return iter(ResourceList[Item](reader, self._shape))

    def __contains__(self, item: object) -> bool:
        """Is a resource, or an item of this list, in it?"""
        resource, moment = resource_and_time(item)
        if resource is None:
            return any(item == each for each in self)
        return is_since(self._now(self._reader.created(resource)), moment)

    async def acontains(self, item: Resource | tuple[Resource, datetime]) -> bool:
        """`in` for asyncio."""
        resource, moment = resource_and_time(item)
        if resource is None:
            raise invalid_resource(item)
        return is_since(await self._soon(self._reader.created(resource)), moment)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            start, stop, step = index.start or 0, index.stop, index.step
            if start < 0 or (stop is not None and stop < 0) or step not in (None, 1):
                raise ValueError("Lists of resources have no negative index or step.")
            size = (len(self) if stop is None else stop) - start
            found = self._now(self._found(self._reader.window(size, offset=start)))
            return [item for _, item in found]
        if index < 0:
            raise ValueError("Lists of resources have no negative index or step.")
        found = self._now(self._found(self._reader.window(1, offset=index)))
        if not found:
            raise IndexError(f"The list ends before index {index}.")
        item: Item = found[0][1]
        return item

    def first(self) -> Item | None:
        """The first item, or None."""
        return next(iter(self[:1]), None)

    async def afirst(self) -> Item | None:
        """first() for asyncio."""
        found = await self._soon(self._found(self._reader.window(1)))
        return found[0][1] if found else None

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

    # Pages

    def page(self, size: int, *, after: str | None = None) -> Page[Item]:
        """Up to `size` items at the cursor `after`, which is the `next` or `previous`
        of another page; None, or empty as in "?after=", is the first page.

        Pages neither repeat nor skip an item when the list changes between them.
        Raise InvalidCursor for one of another list. One query, whatever the depth,
        and one more for each type of instance.
        """
        return self._now(self._page(size, after))

    async def apage(self, size: int, *, after: str | None = None) -> Page[Item]:
        """page() for asyncio."""
        return await self._soon(self._page(size, after))

    def _page(self, size: int, after: str | None) -> Plan[Page[Item]]:
        if size < 1:
            raise ValueError(f"A page needs a size of at least 1, not {size!r}.")
        place, back = cursors.decode(self._scope, after) if after else (None, False)
        window = self._reader.window(size + 1)
        newest_first = window.newest_first != back
        window = window._replace(after=place, newest_first=newest_first)
        found = yield from self._found(window)
        shown, has_more = found[:size], len(found) > size
        if back and not shown:
            return (yield from self._page(size, None))
        if back:
            shown.reverse()
        return Page(
            [item for _, item in shown],
            self._cursor(shown[-1]) if shown and (has_more or back) else None,
            self._cursor(shown[0], back=True)
            if shown and (has_more if back else after)
            else None,
        )

    def _now(self, plan: Plan[T]) -> T:
        return carry_out(plan, self._reader.backend)

    async def _soon(self, plan: Plan[T]) -> T:
        return await acarry_out(plan, self._reader.backend)

    def _cursor(self, found: Found, *, back: bool = False) -> str:
        place = found[0].position(self._reader.direction)
        return cursors.encode(self._scope, place, back=back)

    @property
    def _scope(self) -> str:
        return self._reader.scope()

    def _found(self, window: Window) -> Plan[list[Found]]:
        """The items in `window`, and as many behind it as some of it are not shown."""
        size = window.limit
        if size < 1:
            return []
        found, rest = yield from self._read(window)
        while rest and len(found) < size:
            # Many can be gone in a row: do not look for the next one by one.
            limit = max(size, CHUNK_SIZE)
            more, rest = yield from self._read(rest._replace(limit=limit))
            found += more
        return found[:size]

    def _read(self, window: Window) -> Plan[tuple[list[Found], Window | None]]:
        """What can be shown of `window`, and the window behind it."""
        edges = yield from self._reader.edges(window)
        found = yield from self._shape.of(edges, self._reader.direction)
        return found, self._reader.behind(window, edges)


def resource_and_time(item: object) -> tuple[Ref | None, datetime | None]:
    """The resource that `item` is, or that it is a pair with."""
    match item:
        case Ref():
            return registry.ref(item), None
        case (Ref() | Model()) as resource, datetime() as moment:
            return registry.ref(resource), moment
    # A lazy object only says that it is a Model.
    return (registry.ref(item), None) if isinstance(item, Model) else (None, None)


def is_since(created: datetime | None, moment: datetime | None) -> bool:
    """Is a resource in a list since `created` an item of `moment`, or of any time?"""
    if created is None or moment is None:
        return created is not None
    # Times of the hour that the clocks repeat are equal, or never are.
    return (moment.tzinfo is None) == (created.tzinfo is None) and (
        to_microseconds(moment) == to_microseconds(created)
    )
