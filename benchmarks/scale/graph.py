"""A follow graph of any size in little memory: a power law, and a real graph."""

from __future__ import annotations

import csv
import gzip
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, count, pairwise
from pathlib import Path
from random import Random

from benchmarks.graph import CELEBRITY, CELEBRITY_SHARE, SEED, Pair

EDGES_OF_A_USER = 20
#: With fewer users, too many would have to follow the second user.
LEAST_USERS = 1500
LEAST_EDGES = 3000
#: The real graph is at most this part of all follows.
REAL_SHARE = 0.1
BITS = 32
MASK = 2**BITS - 1


@dataclass(frozen=True, slots=True)
class Graph:
    """Users are the numbers 1 to `users`; the first of them are those of the power
    law, by their number of followers. The oldest follow comes first.
    """

    users: int
    drawn_users: int
    #: The user with the most followings of those that were drawn.
    eager: int
    pairs: array[int]

    def __getitem__(self, index: int) -> Pair:
        return self.pairs[index] >> BITS, self.pairs[index] & MASK

    def __len__(self) -> int:
        return len(self.pairs)


def make(edges: int, real: Path | None = None) -> Graph:
    """The same arguments make the same graph on every machine."""
    if edges < LEAST_EDGES:
        raise ValueError(f"{edges} follows are too few: at least {LEAST_EDGES}.")
    random, users = Random(SEED), max(edges // EDGES_OF_A_USER, LEAST_USERS)
    found = real_pairs(real, int(edges * REAL_SHARE), users + 1) if real else []
    sources = random.sample(range(1, users + 1), users)
    pairs = array("Q", map(pack, found))
    for target, degree in enumerate(degrees(users, edges - len(found)), CELEBRITY):
        followers = drawn(random, sources, target, degree)
        pairs.extend(pack((source, target)) for source in followers)
    random.shuffle(pairs)
    last = max((max(pair) for pair in found), default=users)
    return Graph(last, users, sources[0], pairs)


def pack(pair: Pair) -> int:
    return pair[0] << BITS | pair[1]


def degrees(users: int, edges: int) -> Iterator[int]:
    """Yield the number of followers of each user. The sum is `edges`."""
    fans = int(users * CELEBRITY_SHARE)
    yield fans
    shares = [*accumulate(rank**-0.8 for rank in range(2, users + 1))]
    # The sums are rounded, not the numbers, so that no follow is lost.
    sums = (int((edges - fans) * (share / shares[-1])) for share in shares)
    for before, after in pairwise((0, *sums)):
        yield after - before


def drawn(random: Random, sources: list[int], target: int, degree: int) -> set[int]:
    users = len(sources)
    if target == CELEBRITY:
        return {*random.sample(range(CELEBRITY + 1, users + 1), degree)}
    found: set[int] = set()
    while len(found) < degree:
        # The square prefers the first: the chance falls with the root of the rank.
        source = sources[int(users * random.random() ** 2)]
        if source != target:
            found.add(source)
    return found


def real_pairs(path: Path, most: int, first: int) -> list[Pair]:
    """Choose pairs of a CSV file evenly, and number their users from `first`."""
    numbers: defaultdict[str, int] = defaultdict(count(first).__next__)
    found = [*unique(path)]
    step = max(-(-len(found) // most), 1)
    return [(numbers[source], numbers[target]) for source, target in found[::step]]


def unique(path: Path) -> Iterable[tuple[str, str]]:
    """Return each pair of the columns `follower` and `followee` once."""
    with gzip.open(path, "rt", newline="") as file:
        rows = ((row["follower"], row["followee"]) for row in csv.DictReader(file))
        return dict.fromkeys(row for row in rows if row[0] != row[1])
