"""What the page of a thing shows beside its lists."""

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
    """A list, and how long it is."""

    name: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Common:
    """What the visitor and the thing both follow: some of it, and how many."""

    things: list[Thing]
    count: int


def describe(request: Request, thing: Thing, name: str) -> dict[str, Any]:
    """The context of the page, with the list called `name`."""
    shown = listing.read(request, thing, name)
    suggested = things.suggestions(request.me, SUGGESTIONS)
    things.with_state(request.me, [Row(thing), *shown.rows, *suggested])
    others = request.me if request.me != thing else None
    return {
        "thing": thing,
        "listing": shown,
        "tabs": tabs(thing),
        "known": known(others, thing) if others else None,
        "common": common(others, thing) if others else None,
        "suggestions": suggested,
    }


def describe_list(request: Request, thing: Thing, name: str) -> dict[str, Any]:
    """The context of one more page of the list, for who has the rest already."""
    shown = listing.read(request, thing, name)
    things.with_state(request.me, shown.rows)
    return {"thing": thing, "listing": shown}


def tabs(thing: Thing) -> list[Tab]:
    """The first count is known: it came with the state of the button."""
    counts = {
        "followers": thing.followers_count,
        "followings": get_followings_count(thing),
        "friends": get_friends_count(thing),
    }
    return [Tab(name, count, thing.list_url(name)) for name, count in counts.items()]


def known(me: Thing, thing: Thing) -> Known:
    found = get_known_followers(me, thing).instances()
    names = found[: things.NAMES]
    return Known(names, len(found) - len(names))


def common(me: Thing, thing: Thing) -> Common:
    found = get_common_followings(me, thing).instances()
    return Common(found[:COMMON_SIZE], len(found))
