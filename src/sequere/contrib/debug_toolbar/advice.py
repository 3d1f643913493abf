"""Finds loops among the calls of a request that ask about one resource at a time."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sequere.contrib.debug_toolbar.recording import Row
from sequere.nplusone import CALLS, Key, cure

#: The verb that a call most likely comes from, if cure() knows its replacement.
VERBS = {
    ("contains", ""): "is_following",
    ("counts", "followers"): "get_followers_count",
    ("counts", "followings"): "get_followings_count",
}
#: The replacements of other methods. Each asks about many resources in one call.
OTHERS = {
    "add": "{a}follow_many()",
    "remove": "{a}unfollow_many()",
    "accept": "{a}accept_many()",
    "block": "{a}block_many()",
    "unblock": "{a}unblock_many()",
    "states": "{a}follow_states()",
    "page": "get_backend().{a}ask(PagesOf(...))",
}
AMONG = {"followings": "{a}followings_among()", "followers": "{a}followers_among()"}


class Loop(NamedTuple):
    method: str
    times: int
    place: str
    #: The replacement, or an empty text.
    instead: str


def find_loops(calls: list[Row]) -> list[Loop]:
    """Return the places that call one method about many different resources, in as many
    calls as raise a LoopWarning.
    """
    by_place: dict[Key, list[Row]] = defaultdict(list)
    for call in calls:
        if call.subjects:
            name = f"{call.alias} {call.method} {call.direction}"
            by_place[call.place.key(name)].append(call)
    return [
        Loop(each[0].method, len(each), str(each[0].place), instead(each[0]))
        for each in by_place.values()
        if len({call.subjects for call in each}) >= CALLS
    ]


def instead(call: Row) -> str:
    """Return the replacement for calls like this one, or an empty text."""
    twin = "a" if call.asynchronous else ""
    method = call.method.removeprefix(twin)
    if verb := VERBS.get((method, call.direction)):
        return cure(f"{twin}{verb}", call.place)
    found = AMONG.get(call.direction) if method == "lookup" else OTHERS.get(method)
    if found is None:
        return ""
    suffix = " in the view" if call.place.kind == "template" else ""
    return f"{found.format(a=twin)}{suffix}"
