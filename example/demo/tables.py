"""The numbers behind the charts, for visitors who do not see them or want to know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from demo.figures import Figures, Pairs


class Bin(NamedTuple):
    low: int
    high: int
    followers: int
    followings: int


def bins(figures: Figures) -> list[Bin]:
    """Count accounts by their degrees, in doubling steps: 1, 2 to 3, 4 to 7 ..."""
    highest = max((n for n, _ in (*figures.followers, *figures.followings)), default=0)
    lows = [2**exponent for exponent in range(highest.bit_length())]
    return [
        Bin(
            low,
            2 * low - 1,
            within(figures.followers, low),
            within(figures.followings, low),
        )
        for low in lows
    ]


def within(pairs: Pairs, low: int) -> int:
    return sum(number for degree, number in pairs if low <= degree < 2 * low)


class Year(NamedTuple):
    year: int
    lists: int
    follows: int
    total: int


def by_year(figures: Figures) -> list[Year]:
    found: dict[int, Year] = {}
    for (when, size), (_, total) in zip(figures.lists, figures.growth, strict=True):
        year = moment(when).year
        before = found.get(year, Year(year, 0, 0, 0))
        found[year] = Year(year, before.lists + 1, before.follows + size, total)
    return list(found.values())


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def month(seconds: float) -> str:
    return f"{moment(seconds):%B %Y}"
