"""Finds, among the calls of a request, loops that ask one by one."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sequere.contrib.debug_toolbar.recording import Call
from sequere.nplusone import CALLS, Key, cure

#: The verb that a call is most likely from, if loops know what replaces it.
VERBS = {
    ("contains", ""): "is_following",
    ("counts", "followers"): "get_followers_count",
    ("counts", "followings"): "get_followings_count",
}
#: What asks for all at once, of the other methods.
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
    #: What to use instead, if there is something.
    instead: str


def find_loops(calls: list[Call]) -> list[Loop]:
    """Places that call one method for as many resources as make a LoopWarning, each
    time about another one.
    """
    by_place: dict[Key, list[Call]] = defaultdict(list)
    for call in calls:
        if call.subjects:
            name = f"{call.alias} {call.method} {call.direction}"
            by_place[call.place.key(name)].append(call)
    return [
        Loop(each[0].method, len(each), str(each[0].place), instead(each[0]))
        for each in by_place.values()
        if len({call.subjects for call in each}) >= CALLS
    ]


def instead(call: Call) -> str:
    """What to use instead of calls like this one, or nothing."""
    twin = "a" if call.asynchronous else ""
    method = call.method.removeprefix(twin)
    if verb := VERBS.get((method, call.direction)):
        return cure(f"{twin}{verb}", call.place)
    found = AMONG.get(call.direction) if method == "lookup" else OTHERS.get(method)
    if found is None:
        return ""
    suffix = " in the view" if call.place.kind == "template" else ""
    return f"{found.format(a=twin)}{suffix}"
