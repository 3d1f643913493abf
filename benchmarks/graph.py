"""A follow graph in which few users have many followers, and many users have few.

The graph is the same on every machine, and all its follows have different times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random

SEED = 2013
START = datetime(2024, 1, 1, tzinfo=UTC)
CELEBRITY = 1
CELEBRITY_SHARE = 0.98

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Graph:
    """Users are the numbers 1 to `users`, and follows are sorted from the oldest."""

    users: int
    edges: list[Pair]
    # Follows that are drawn in the same way, but that are not in the graph.
    fresh: list[Pair]

    def typical(self, size: int) -> list[int]:
        """Return users from the middle of the order by number of followers."""
        followers = Counter(target for _, target in self.edges)
        ranked = sorted(range(1, self.users + 1), key=lambda user: followers[user])
        start = max((self.users - size) // 2, 0)
        return ranked[start : start + size]


def when(index: int) -> datetime:
    return START + timedelta(seconds=index)


@cache
def make(users: int, total: int, fresh: int) -> Graph:
    if total + fresh > users * (users - 1) // 4:
        raise ValueError(f"{users} users are too few for {total} + {fresh} follows.")
    random = Random(SEED)
    fans = [
        (user, CELEBRITY)
        for user in range(2, users + 1)
        if random.random() < CELEBRITY_SHARE
    ]
    # A dict has an order, and a set has none.
    pairs = dict.fromkeys(fans)
    likely = pairs_by_power_law(random, users)
    while len(pairs) < total + fresh:
        source, target = next(likely)
        if source != target and target != CELEBRITY:
            pairs.setdefault((source, target))
    found = list(pairs)
    edges = found[:total]
    random.shuffle(edges)
    return Graph(users, edges, found[total:])


def pairs_by_power_law(random: Random, users: int) -> Iterator[Pair]:
    numbers = range(1, users + 1)
    popular = list(accumulate(1 / number**0.8 for number in numbers))
    eager = list(accumulate(1 / number**0.5 for number in numbers))
    sources = random.sample(numbers, users)
    while True:
        yield from zip(
            random.choices(sources, cum_weights=eager, k=1000),
            random.choices(numbers, cum_weights=popular, k=1000),
            strict=True,
        )
