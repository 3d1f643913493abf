"""Figures of the whole file, gathered once at the import.

The page about the graph shows them, at a cost that does not depend on the store.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import accumulate
from statistics import median_low
from typing import Protocol

from demo.models import Import

TOP_SIZE = 16

Pairs = Sequence[Sequence[int]]


class Follow(Protocol):
    @property
    def follower(self) -> int: ...

    @property
    def followee(self) -> int: ...

    @property
    def when(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Figures:
    accounts: int
    follows: int
    #: Follows that are returned, and follows between accounts with a list.
    returned: int
    returnable: int
    median_followers: int
    #: (number of followers, accounts with that many), and the same for followings.
    followers: Pairs
    followings: Pairs
    #: (seconds since 1970, follows) of each list, with the oldest first.
    lists: Pairs
    #: (account, followers) of the most followed accounts.
    top: Pairs
    #: (follower, followee) among these accounts.
    ties: Pairs

    @property
    def returned_percent(self) -> float:
        return 100 * self.returned / self.returnable if self.returnable else 0.0

    @property
    def growth(self) -> list[tuple[int, int]]:
        """Return (seconds since 1970, follows in the lists until then)."""
        totals = accumulate(size for _, size in self.lists)
        return list(zip((when for when, _ in self.lists), totals, strict=True))


def gather(follows: Iterable[Follow]) -> Figures:
    followers: Counter[int] = Counter()
    followings: Counter[int] = Counter()
    published: dict[int, int] = {}
    pairs = set()
    for follow in follows:
        followers[follow.followee] += 1
        followings[follow.follower] += 1
        published[follow.follower] = int(follow.when.timestamp())
        pairs.add((follow.follower, follow.followee))
    accounts = followers.keys() | followings.keys()
    returnable = [(a, b) for a, b in pairs if b in followings]
    top = sorted(followers.items(), key=lambda item: (-item[1], item[0]))[:TOP_SIZE]
    keys = [key for key, _ in top]
    return Figures(
        accounts=len(accounts),
        follows=len(pairs),
        returned=sum((b, a) in pairs for a, b in returnable),
        returnable=len(returnable),
        median_followers=median_low([followers[key] for key in accounts] or [0]),
        followers=spread(followers),
        followings=spread(followings),
        lists=sorted((when, followings[key]) for key, when in published.items()),
        top=top,
        ties=[(a, b) for a in keys for b in keys if (a, b) in pairs],
    )


def spread(counts: Counter[int]) -> list[tuple[int, int]]:
    return sorted(Counter(counts.values()).items())


def dump(figures: Figures) -> str:
    return json.dumps(asdict(figures))


def load(text: str) -> Figures | None:
    """Return None for an empty text, and for the dump of an older version."""
    found = json.loads(text or "{}")
    names = {field.name for field in fields(Figures)}
    return Figures(**found) if found.keys() == names else None


def stored() -> Figures | None:
    """Return None before the first import."""
    state = Import.objects.filter(complete=True).first()
    return load(state.figures) if state else None
