"""The measured verbs, and the arguments of each call. Both processes import this
module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAGE_SIZE = 20
LEVEL = 3


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb to measure, which is a method of the contender. `prepare` converts the
    arguments, and is not measured.

    Numbers of users among the arguments have been replaced by users.
    """

    method: str
    prepare: Callable[..., Any] | None = None
    #: For a verb that writes: the verb that reads the same arguments afterwards, and
    #: the right answer to these arguments. None is the answer of the graph.
    leaves: tuple[str, Callable[..., Any] | None] | None = None


@dataclass(frozen=True, slots=True)
class Depth:
    """A number that no user has."""

    items: int


def begin(contender: Any, user: Any) -> tuple[Any, ...]:
    return user, None, PAGE_SIZE


def from_depth(contender: Any, user: Any, depth: Depth) -> tuple[Any, ...]:
    return user, contender.place(user, depth.items), PAGE_SIZE


def sized(contender: Any, *users: Any) -> tuple[Any, ...]:
    return *users, PAGE_SIZE


def asked(contender: Any, source: Any, group: Any) -> tuple[Any, ...]:
    contender.follow(source, group)
    return source, group


def all_asked(contender: Any, group: Any, sources: Any) -> tuple[Any, ...]:
    for source in sources:
        contender.follow(source, group)
    return group, sources


def always(answer: Any) -> Callable[..., Any]:
    return lambda *call: answer


def all_others(one: int, others: list[int]) -> list[int]:
    return others


YES, NO, NONE = always(True), always(False), always([])

VERBS = {
    "follow": Verb("follow", leaves=("is_following", YES)),
    "unfollow": Verb("unfollow", leaves=("is_following", NO)),
    "attempt": Verb("attempt"),
    "set level": Verb("set_level", leaves=("level", always(LEVEL))),
    "follow many": Verb("follow_many", leaves=("among 50", all_others)),
    "unfollow many": Verb("unfollow_many", leaves=("among 50", NONE)),
    "is_following": Verb("is_following"),
    "count": Verb("count"),
    "count of followings": Verb("count_followings"),
    "count of friends": Verb("count_friends"),
    "counts": Verb("counts"),
    "first page": Verb("page", begin),
    "deep page": Verb("page", from_depth),
    "followings": Verb("followings", sized),
    "among 50": Verb("among"),
    "followers among": Verb("followers_among"),
    "friends among": Verb("friends_among"),
    "states": Verb("states"),
    "with states": Verb("with_states"),
    "rows with states": Verb("rows_with_states"),
    "rows with counts": Verb("rows_with_counts"),
    "rows of followings": Verb("rows_of_followings", sized),
    "friends": Verb("friends", sized),
    "known followers": Verb("known_followers", sized),
    "common followers": Verb("common_followers", sized),
    "common followings": Verb("common_followings", sized),
    "suggestions": Verb("suggestions"),
    "awaits at once": Verb("awaits"),
    "ask": Verb("ask", leaves=("standing", always("requested"))),
    "accept": Verb("accept", leaves=("standing", always("following"))),
    "remove follower": Verb("remove_follower", leaves=("standing", always(""))),
    "reject": Verb("reject", asked, leaves=("standing", always(""))),
    "accept many": Verb("accept_many", all_asked, ("followers among", all_others)),
    "remove followers": Verb("remove_followers", leaves=("followers among", NONE)),
    "requests": Verb("requests", sized),
    "count of requests": Verb("count_requests"),
    "block": Verb("block", leaves=("is_blocking", YES)),
    "is_blocking": Verb("is_blocking"),
    "unblock": Verb("unblock", leaves=("is_blocking", NO)),
    "mute": Verb("mute", leaves=("is_muting", YES)),
    "is_muting": Verb("is_muting"),
    "unmute": Verb("unmute", leaves=("is_muting", NO)),
    "archive": Verb("archive", leaves=("count", always(0))),
    "restore": Verb("restore", leaves=("count", None)),
    # These verbs only check the verbs above, and are in no row.
    "standing": Verb("standing"),
    "level": Verb("level"),
}
