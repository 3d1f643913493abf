from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

from django.db.models import Model

from sequere.arguments import at_hand
from sequere.lists import cursors
from sequere.lists.filters import Excluding
from sequere.lists.items import INSTANCES, KEYS, PAIRS, REFS, Found, Shape
from sequere.lists.readers import Reader
from sequere.plans import Plan
from sequere.registration import (
    Resource,
    invalid_resource,
    registry,
)
from sequere.times import clean_time, to_microseconds
from sequere.types import Page, Position, Ref, Window
from sequere.verbs import acarry_out, carry_out
from sequere.viewers import Viewer, audience_of

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    # The type of the instances of a list that is not limited to one model.
    M = TypeVarWithDefault("M", bound=Model, default=Any)
else:
    M = TypeVar("M", bound=Model)
T = TypeVar("T")
Item = TypeVar("Item", covariant=True)

CHUNK_SIZE = 500
REPR_SIZE = 20
EVERY_ITEM: Any = object()

BACKWARDS = (
    "Lists of resources have no negative indexes and no steps. To read from the other "
    "end, use oldest_first()."
)

#: Methods that querysets or other packages have, and their replacements here.
ELSEWHERE = {
    "exists": "bool(list)",
    "last": "list.oldest_first().first()",
    "latest": "list.first()",
    "earliest": "list.oldest_first().first()",
    "reverse": "list.oldest_first()",
    "iterator": "a loop over the list itself",
    "add": "follow()",
    "remove": "unfollow()",
    "delete": "unfollow_many()",
} | dict.fromkeys(
    (
        *("filter", "exclude", "get", "order_by", "annotate", "aggregate", "distinct"),
        *("values", "values_list", "select_related", "prefetch_related", "only"),
    ),
    "a queryset, FollowQuerySet(Model).followers_of(target) or .followed_by(source)",
)
# The number of further reads of a page or slice if resources are gone or hidden.
REFILLS = 4
# No list is longer than this number, and every store accepts it.
LONGEST = 2**31 - 1


class ResourceList(Sequence[Item]):
    """A resource's followers, followings or friends: pairs `(instance, since when)`,
    newest first. The list is lazy: it reads nothing until it is used, and then each use
    reads again.

    len() and `in` are one query. A slice, an index, first(), bool() or a page() is one
    query, and one more for each type of instance. Iterating reads 500 items at a time.
    Methods whose names begin with an `a`, and `async for`, do the same for asyncio. The
    cost of a slice grows with its start; page() costs the same at any depth.

    Resources that are gone or hidden are omitted, and later items take their places.
    For this, a page, slice, index, first() or bool() reads on up to four times, at
    least 500 edges each time. After that, a page is shorter and has a `next` cursor,
    and all others return the items found so far. Iterating passes over any number of
    gone or hidden resources.

    len(), `in` and the positions of slices count edges, also of hidden resources: if
    some resources are hidden, consecutive slices may show an item twice. page() never
    does.

    A pickled list holds its query and not its items: it reads after it is unpickled.
    """

    def __init__(self, reader: Reader, shape: Shape = PAIRS) -> None:
        self._reader = reader
        self._shape = shape

    # Lists derived from this list

    def oldest_first(self) -> ResourceList[Item]:
        """Return the same items in the opposite order."""
        return ResourceList(replace(self._reader, newest_first=False), self._shape)

    def since(self, moment: datetime) -> ResourceList[Item]:
        """Keep only edges created at `moment` or later. len() then counts one by
        one.
        """
        reader = replace(self._reader, since=clean_time(moment))
        return ResourceList(reader, self._shape)

    def until(self, moment: datetime) -> ResourceList[Item]:
        """Keep only edges created before `moment`. See since()."""
        reader = replace(self._reader, until=clean_time(moment))
        return ResourceList(reader, self._shape)

    def visible_to(self, viewer: Viewer) -> ResourceList[Item]:
        """Keep only resources that `viewer` may know of, by ModelBase.visible_to().
        None and anonymous users see the resources that an anonymous visitor sees. len()
        still counts all edges.
        """
        reader = replace(self._reader, audience=audience_of(viewer))
        return ResourceList(reader, self._shape)

    def instances(self: ResourceList[tuple[M, datetime]]) -> ResourceList[M]:
        """Return a list of the instances, without the times."""
        return ResourceList(self._reader, INSTANCES)

    def refs(self) -> ResourceList[Ref]:
        """Return a list of refs, also of gone or hidden instances. No query for
        instances.
        """
        return ResourceList(self._reader, REFS)

    def ids(self) -> ResourceList[Any]:
        """Return a list of the primary keys behind refs(). For lists of one model."""
        return ResourceList(self._reader, KEYS)

    def as_filter(self) -> Excluding:
        """Return the filter that `exclude` of another list needs to omit these
        resources.

        Raise ValueError for a list that is limited to a time or to kinds, or otherwise.
        """
        return self._reader.as_filter()

    def all(self) -> ResourceList[Item]:
        """Return the list itself, for code that expects a manager or a queryset."""
        return self

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            cure = f" Use {ELSEWHERE[name]}." if name in ELSEWHERE else ""
            raise AttributeError(f"A ResourceList has no attribute {name!r}.{cure}")

    # The methods of a sequence

    def __len__(self) -> int:
        return self._now(self._reader.count())

    def count(self, item: object = EVERY_ITEM) -> int:
        """Return len(). For an item or a resource, return 1 if the list contains it,
        else 0.
        """
        return len(self) if item is EVERY_ITEM else int(item in self)

    async def acount(self) -> int:
        """See count()."""
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
        """Is the item or resource in this list?"""
        resource, moment = resource_and_time(item)
        if resource is None:
            return any(item == each for each in self)
        return is_since(self._now(self._reader.created(resource)), moment)

    async def acontains(self, item: Resource | tuple[Resource, datetime]) -> bool:
        """See __contains__()."""
        resource, moment = resource_and_time(await at_hand(item))
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
                raise ValueError(BACKWARDS)
            if start > LONGEST:
                return []
            size = (len(self) if stop is None else stop) - start
            window = self._reader.window(min(size, LONGEST), offset=start)
            found, _ = self._now(self._found(window))
            return [item for _, item in found]
        if index < 0:
            raise ValueError(BACKWARDS)
        for item in self[index : index + 1]:
            return item
        raise IndexError(f"The list has no item to show at index {index}.")

    def first(self) -> Item | None:
        """Return the first item, or None."""
        return next(iter(self[:1]), None)

    async def afirst(self) -> Item | None:
        """See first()."""
        found, _ = await self._soon(self._found(self._reader.window(1)))
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
        """Return up to `size` items at the cursor `after`, which is the `next` or
        `previous` of another page. None, or empty text as in "?after=", is the first
        page.

        Pages neither repeat nor skip an item when the list changes between two pages. A
        page is shorter than `size`, even empty, and has a `next`, if more than about
        2,000 resources in a row are gone or hidden. The list has ended if `next` is
        None.

        Raise InvalidCursor for a cursor of another list. One query at any depth, and
        one more for each type of instance; up to five times as many if some resources
        are gone or hidden.
        """
        return self._now(self._page(size, after))

    async def apage(self, size: int, *, after: str | None = None) -> Page[Item]:
        """See page()."""
        return await self._soon(self._page(size, after))

    def _page(self, size: int, after: str | None) -> Plan[Page[Item]]:
        if size < 1:
            raise ValueError(f"A page needs a size of at least 1, not {size!r}.")
        place, back = cursors.decode(self._scope, after) if after else (None, False)
        window = self._reader.window(min(size, LONGEST) + 1)
        newest_first = window.newest_first != back
        window = window._replace(after=place, newest_first=newest_first)
        found, stopped = yield from self._found(window)
        shown = found[:size]
        if back and not shown and stopped is None:
            return (yield from self._page(size, None))
        begin, end = self._ends(shown, stopped)
        has_more = stopped is not None or len(found) > size
        if back:
            shown.reverse()
            begin, end = end, begin
        return Page(
            [item for _, item in shown],
            self._cursor(end) if has_more or back else None,
            self._cursor(begin, back=True) if (has_more if back else after) else None,
        )

    def _ends(
        self, shown: list[Found], stopped: Position | None
    ) -> tuple[Position | None, Position | None]:
        """Return the positions of the first and the last item, or of the end of the
        read.
        """
        direction = self._reader.direction
        first = shown[0][0].position(direction) if shown else stopped
        last = shown[-1][0].position(direction) if shown else None
        return first, stopped or last

    def _now(self, plan: Plan[T]) -> T:
        return carry_out(plan, self._reader.backend)

    async def _soon(self, plan: Plan[T]) -> T:
        return await acarry_out(plan, self._reader.backend)

    def _cursor(self, place: Position | None, *, back: bool = False) -> str | None:
        return place and cursors.encode(self._scope, place, back=back)

    @property
    def _scope(self) -> str:
        return self._reader.scope()

    def _found(self, window: Window) -> Plan[tuple[list[Found], Position | None]]:
        """Return the items in `window`; items after it replace omitted items. Also
        return the position to read on from, if too many items are omitted.
        """
        size = window.limit
        if size < 1:
            return [], None
        found, rest = yield from self._read(window)
        for _ in range(REFILLS):
            if rest is None or len(found) >= size:
                break
            # Many resources in a row can be gone: larger reads avoid a query for each
            # of them.
            limit = max(size, CHUNK_SIZE)
            more, rest = yield from self._read(rest._replace(limit=limit))
            found += more
        stopped = rest.after if rest and len(found) < size else None
        return found[:size], stopped

    def _read(self, window: Window) -> Plan[tuple[list[Found], Window | None]]:
        """Return the items of `window` that can be shown, and the window after it."""
        edges = yield from self._reader.edges(window)
        kept = yield from self._reader.kept(edges)
        found = yield from self._shape.of(
            kept, self._reader.direction, self._reader.audience
        )
        return found, self._reader.behind(window, edges)


def resource_and_time(item: object) -> tuple[Ref | None, datetime | None]:
    """Return the ref of `item` and no time, or the ref and the time of a pair."""
    match item:
        case Ref():
            return registry.ref(item), None
        case (Ref() | Model()) as resource, datetime() as moment:
            return registry.ref(resource), moment
    # isinstance() is needed, because a lazy object only claims to be a Model.
    return (registry.ref(item), None) if isinstance(item, Model) else (None, None)


def is_since(created: datetime | None, moment: datetime | None) -> bool:
    """Is `created` a time that equals `moment`? If `moment` is None, any time will
    do.
    """
    if created is None or moment is None:
        return created is not None
    # In the hour that the clocks repeat, `==` ignores which hour is meant, or is False.
    return (moment.tzinfo is None) == (created.tzinfo is None) and (
        to_microseconds(moment) == to_microseconds(created)
    )
