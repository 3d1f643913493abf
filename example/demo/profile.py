"""The contents of a thing's page, beside its list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo import listing, things
from demo.models import Thing
from demo.things import Known, Row
from demo.visitor import Request
from sequere.models import (
    get_common_followings,
    get_followings_count,
    get_friends_count,
    get_known_followers,
)

COMMON_SIZE = 6
SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to a list, with its length."""

    name: str
    #: The words after the count, such as "follower".
    text: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Common:
    """Some things that the visitor and this thing both follow, and their number."""

    things: list[Thing]
    count: int


def describe(request: Request, thing: Thing, name: str) -> dict[str, Any]:
    """Return the context of the page, with the list called `name`."""
    shown = listing.read(request, thing, name)
    suggested = things.suggestions(request.me, SUGGESTIONS)
    things.with_state(request.me, [Row(thing), *shown.rows, *suggested])
    others = request.me if request.me != thing else None
    return {
        "thing": thing,
        "listing": shown,
        "list_title": text(name, 2).capitalize(),
        "tabs": tabs(thing),
        "known": known(others, thing) if others else None,
        "common": common(others, thing) if others else None,
        "suggestions": suggested,
    }


def describe_list(request: Request, thing: Thing, name: str) -> dict[str, Any]:
    """Return the context of one more page of the list, for the script."""
    shown = listing.read(request, thing, name)
    things.with_state(request.me, shown.rows)
    return {"thing": thing, "listing": shown}


def tabs(thing: Thing) -> list[Tab]:
    """The count of followers is known: it came with the state of the button."""
    counts = {
        "followers": thing.followers_count,
        "followings": get_followings_count(thing),
        "friends": get_friends_count(thing),
    }
    return [
        Tab(name, text(name, count), count, thing.list_url(name))
        for name, count in counts.items()
    ]


def text(name: str, count: int) -> str:
    """Return the words that visitors know for a list of that length."""
    if name == "followings":
        return "following"
    return name.removesuffix("s") if count == 1 else name


def known(me: Thing, thing: Thing) -> Known:
    found = get_known_followers(me, thing).instances()
    names = found[: things.NAMES]
    return Known(names, len(found) - len(names))


def common(me: Thing, thing: Thing) -> Common:
    found = get_common_followings(me, thing).instances()
    return Common(found[:COMMON_SIZE], len(found))
