"""The right answers, from the graph in Python's own sets and lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.verbs import PAGE_SIZE


class Oracle:
    def __init__(self) -> None:
        #: The follows of each user, oldest first.
        self.followers: dict[int, list[int]] = defaultdict(list)
        self.followings: dict[int, set[int]] = defaultdict(set)

    def add(self, edges: Sequence[Sequence[int]]) -> None:
        for source, target in edges:
            self.followers[target].append(source)
            self.followings[source].add(target)

    def is_right(self, verb: str, call: Sequence[Any], answer: Any) -> bool:
        """Suggestions have several right answers, and writes are checked by a later
        read.
        """
        if verb not in ANSWERS:
            return True
        right = ANSWERS[verb](self, *call)
        if verb == "among 50":
            return sorted(answer) == sorted(right)
        if verb == "friends":
            # The order of such answers differs between contenders.
            return len(answer) == min(PAGE_SIZE, len(right)) and {*answer} <= {*right}
        return bool(answer == right)

    def contains(self, source: int, target: int) -> bool:
        return target in self.followings[source]

    def page(self, user: int, start: int = 0) -> list[int]:
        return self.followers[user][::-1][start : start + PAGE_SIZE]

    def friends(self, user: int) -> list[int]:
        mutual = self.followings[user]
        return [each for each in self.followers[user][::-1] if each in mutual]


ANSWERS: dict[str, Callable[..., Any]] = {
    "is_following": Oracle.contains,
    "count": lambda oracle, user: len(oracle.followers[user]),
    "first page": Oracle.page,
    "deep page": lambda oracle, user, depth: oracle.page(user, depth["depth"]),
    "among 50": lambda oracle, user, others: oracle.followings[user] & {*others},
    "friends": Oracle.friends,
    "awaits at once": lambda oracle, user, others: [
        oracle.contains(user, other) for other in others
    ],
}
