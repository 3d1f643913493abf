"""A page of the followers, followings or friends of a thing, with its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest

from demo.models import Thing
from demo.things import Row
from demo.visitor import Request
from sequere.exceptions import InvalidCursor
from sequere.lists import ResourceList
from sequere.models import (
    get_blocked,
    get_follow_requests,
    get_followers,
    get_followings,
    get_friends,
    get_muted,
)

PAGE_SIZE = 20
#: The number of rows that the script may request, to refill a page that was left.
MAX_SIZE = 1000

Items = ResourceList[tuple[Any, datetime]]
LISTS: dict[str, Callable[..., Items]] = {
    "followers": get_followers,
    "followings": get_followings,
    "friends": get_friends,
}
#: Lists that only their owner sees.
OWN_LISTS: dict[str, Callable[..., Items]] = {
    "requests": get_follow_requests,
    "blocked": get_blocked,
    "muted": get_muted,
}


@dataclass(frozen=True, slots=True)
class Listing:
    name: str
    rows: list[Row]
    #: Links to the neighbouring pages. `first` is None on the first page.
    first: str | None
    newer: str | None
    earlier: str | None


def read(request: Request, thing: Thing, name: str) -> Listing:
    """Return the page that the request asks for, without the states of its buttons."""
    after = request.GET.get("after") or None
    try:
        page = find(request.me, thing, name).page(size_of(request), after=after)
    except InvalidCursor as exc:
        raise BadRequest("This is not a page of this list.") from exc
    return Listing(
        name,
        [Row(other, since) for other, since in page.items],
        first=request.path if after else None,
        newer=link(request, page.previous),
        earlier=link(request, page.next),
    )


def find(me: Thing | None, thing: Thing, name: str) -> Items:
    """Return the list as `me` sees it.

    Things that `me` blocks or mutes, and things that block `me`, are omitted. `me` sees
    the whole of its own lists.
    """
    if me == thing:
        return (LISTS | OWN_LISTS)[name](thing)
    hidden = [get_blocked(me), get_muted(me)] if me else []
    return LISTS[name](thing, exclude=hidden).visible_to(me)


def size_of(request: Request) -> int:
    text = request.GET.get("size", "")
    size = int(text) if text.isdecimal() and len(text) < 5 else 0
    return min(size, MAX_SIZE) or PAGE_SIZE


def link(request: Request, cursor: str | None) -> str | None:
    return f"{request.path}?{urlencode({'after': cursor})}" if cursor else None
