"""The contents of a thing's page, beside its list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from demo import listing, privacy, things
from demo.listing import Listing
from demo.models import Thing
from demo.things import Known, Row
from demo.visitor import Request
from sequere.models import (
    get_blocked_count,
    get_common_followings,
    get_follow_requests_count,
    get_followings_count,
    get_friends_count,
    get_known_followers,
    get_muted,
)

OWN_TITLES = {"requests": "Requests", "blocked": "Blocked", "muted": "Muted"}
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
    shown = read_if_visible(request, thing, name)
    suggested = things.suggestions(request.me, SUGGESTIONS)
    rows = shown.rows if shown else []
    things.with_state(request.me, [Row(thing), *rows, *suggested])
    context: dict[str, Any] = {
        "thing": thing,
        "listing": shown,
        "list_name": name,
        "list_title": text(name, 2).capitalize(),
        "tabs": tabs(thing) if shown else [],
        "suggestions": suggested,
    }
    if request.me == thing:
        return context | {"requests": count_requests(thing)}
    if request.me and shown:
        me = request.me
        context |= {"known": known(me, thing), "common": common(me, thing)}
    return context


def read_if_visible(request: Request, thing: Thing, name: str) -> Listing | None:
    """Return None if the visitor may not see the lists of `thing`."""
    if not privacy.may_list(request.me, thing):
        return None
    return listing.read(request, thing, name)


def describe_list(request: Request, thing: Thing, name: str) -> dict[str, Any]:
    """Return the context of one more page of the list, for the script."""
    shown = read_if_visible(request, thing, name)
    things.with_state(request.me, shown.rows if shown else [])
    return {"thing": thing, "listing": shown}


def describe_own(request: Request, me: Thing, name: str) -> dict[str, Any]:
    """Return the context of the page with a list that only the visitor sees."""
    shown = listing.read(request, me, name)
    things.with_state(me, shown.rows)
    title = OWN_TITLES[name]
    return {"thing": me, "listing": shown, "list_title": title, "tabs": own_tabs(me)}


def own_tabs(me: Thing) -> list[Tab]:
    counts = {
        "requests": get_follow_requests_count(me),
        "blocked": get_blocked_count(me),
        "muted": len(get_muted(me)),
    }
    return [
        Tab(name, OWN_TITLES[name].lower(), count, reverse(name))
        for name, count in counts.items()
    ]


def count_requests(me: Thing | None) -> int:
    return get_follow_requests_count(me) if me else 0


def tabs(thing: Thing) -> list[Tab]:
    """Return the lists and their lengths. The button has read the followers' count."""
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
    """Name some followers that `me` does not mute, and count all others."""
    unmuted = get_known_followers(me, thing, exclude=get_muted(me)).instances()
    names = unmuted[: things.NAMES]
    return Known(names, len(get_known_followers(me, thing)) - len(names))


def common(me: Thing, thing: Thing) -> Common:
    found = get_common_followings(me, thing).instances()
    return Common(found[:COMMON_SIZE], len(found))
