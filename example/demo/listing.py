"""A thing's followers and followings: each in pages of its own, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest

from demo.models import Thing
from demo.things import Row, Shown
from demo.visitor import Request
from sequere.exceptions import InvalidCursor
from sequere.lists import ResourceList
from sequere.types import Page

PAGE_SIZE = 20
NAMES = ("followers", "followings")

Items = Page[tuple[Any, datetime]]


@dataclass(frozen=True, slots=True)
class Listing:
    name: str
    count: int
    rows: list[Row]
    first: str | None
    next: str | None


def describe(request: Request, thing: Thing) -> dict[str, Any]:
    """The context of a thing's page."""
    followers = read_page(request, "followers", thing.get_followers())
    followings = read_page(request, "followings", thing.get_followings())
    items = [*followers.items, *followings.items]
    shown = Shown(request.me, [thing, *(other for other, _ in items)])
    row = shown.row(thing)
    return {
        "row": row,
        "friends": thing.get_friends_count(),
        "listings": [
            listing(request, "followers", row.followers, followers, shown),
            listing(
                request, "followings", thing.get_followings_count(), followings, shown
            ),
        ],
    }


def read_page(request: Request, name: str, things: ResourceList[Any]) -> Items:
    try:
        return things.page(PAGE_SIZE, after=request.GET.get(name) or None)
    except InvalidCursor as exc:
        raise BadRequest("This is not a page of this list.") from exc


def listing(
    request: Request, name: str, count: int, page: Items, shown: Shown
) -> Listing:
    return Listing(
        name,
        count,
        [shown.row(*item) for item in page.items],
        first=link(request, name, None) if request.GET.get(name) else None,
        next=link(request, name, page.next) if page.next else None,
    )


def link(request: Request, name: str, cursor: str | None) -> str:
    """This page with one list at `cursor`; the other list stays where it is."""
    cursors = {each: request.GET.get(each) for each in NAMES} | {name: cursor}
    query = urlencode({each: place for each, place in cursors.items() if place})
    return f"{request.path}?{query}#{name}" if query else f"{request.path}#{name}"
