"""The right answers, from the graph in Python's own sets and lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.verbs import PAGE_SIZE

Many = Sequence[int]


class Oracle:
    def __init__(self) -> None:
        #: The follows of each user, oldest first.
        self.followers: dict[int, list[int]] = defaultdict(list)
        self.followings: dict[int, set[int]] = defaultdict(set)
        #: The users who have asked to follow a group, by its number.
        self.requests: dict[int, set[int]] = {}

    def add(self, edges: Sequence[Sequence[int]]) -> None:
        for source, target in edges:
            self.followers[target].append(source)
            self.followings[source].add(target)

    def is_right(self, verb: str, call: Sequence[Any], answer: Any) -> bool:
        """Suggestions have several right answers, and writes are checked by a later
        read.
        """
        return verb not in ANSWERS or matches(verb, answer, ANSWERS[verb](self, *call))

    def contains(self, source: int, target: int) -> bool:
        return target in self.followings[source]

    def page(self, user: int, start: int = 0) -> list[int]:
        return self.followers[user][::-1][start : start + PAGE_SIZE]

    def fans(self, user: int) -> set[int]:
        return {*self.followers[user]}

    def friends(self, user: int) -> set[int]:
        return self.followings[user] & self.fans(user)

    def counts(self, users: Many) -> list[int]:
        return [len(self.followers[user]) for user in users]

    def states(self, user: int, others: Many) -> list[bool]:
        followed = [self.contains(user, other) for other in others]
        return [*followed, *(self.contains(other, user) for other in others)]


def matches(verb: str, answer: Any, right: Any) -> bool:
    if answer is None:
        return False
    if verb in UNORDERED:
        return sorted(answer) == sorted(right)
    if verb in ANY_ORDER:
        # The order of these answers differs between contenders.
        found = {*answer}
        return (
            len(answer) == len(found) == min(PAGE_SIZE, len(right)) and found <= right
        )
    return bool(answer == right)


UNORDERED = {"among 50", "followers among", "friends among"}
ANY_ORDER: dict[str, Callable[..., set[int]]] = {
    "followings": lambda oracle, user: oracle.followings[user],
    "rows of followings": lambda oracle, user: oracle.followings[user],
    "friends": Oracle.friends,
    "known followers": lambda oracle, viewer, user: (
        oracle.followings[viewer] & oracle.fans(user)
    ),
    "common followers": lambda oracle, one, other: (
        oracle.fans(one) & oracle.fans(other)
    ),
    "common followings": lambda oracle, one, other: (
        oracle.followings[one] & oracle.followings[other]
    ),
    "requests": lambda oracle, group: oracle.requests[group],
}
ANSWERS: dict[str, Callable[..., Any]] = {
    "attempt": lambda oracle, *pair: "SAME",
    "is_following": Oracle.contains,
    "count": lambda oracle, user: len(oracle.followers[user]),
    "count of followings": lambda oracle, user: len(oracle.followings[user]),
    "count of friends": lambda oracle, user: len(oracle.friends(user)),
    "counts": Oracle.counts,
    "rows with counts": Oracle.counts,
    "first page": Oracle.page,
    "deep page": lambda oracle, user, depth: oracle.page(user, depth["depth"]),
    "among 50": lambda oracle, user, others: oracle.followings[user] & {*others},
    "followers among": lambda oracle, user, others: oracle.fans(user) & {*others},
    "friends among": lambda oracle, user, others: oracle.friends(user) & {*others},
    "states": Oracle.states,
    "with states": Oracle.states,
    "rows with states": Oracle.states,
    "awaits at once": lambda oracle, user, others: [
        oracle.contains(user, other) for other in others
    ],
    "count of requests": lambda oracle, group: len(oracle.requests[group]),
    # Only pairs with a block or a mute are asked about.
    "is_blocking": lambda oracle, *pair: True,
    "is_muting": lambda oracle, *pair: True,
    **ANY_ORDER,
}
