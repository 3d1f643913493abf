"""Charts as the paths and ticks of an SVG, for templates/demo/_chart.html."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from math import log10
from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma

from demo.figures import Figures, Pairs
from demo.tables import moment, month

WIDTH, HEIGHT = 480, 320
# The room between the edge and the picture, for the texts at the axes.
LEFT, RIGHT, TOP, BOTTOM = 80, 28, 34, 52


class Tick(NamedTuple):
    at: float
    label: str


class Mark(NamedTuple):
    """A path, with the name of its style."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    title: str
    #: The picture in words, for visitors who do not see it.
    description: str
    x_title: str
    y_title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    marks: list[Mark]

    width, height = WIDTH, HEIGHT
    left, right = LEFT, WIDTH - RIGHT
    top, bottom = TOP, HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns the values of an axis into places on it."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return round(self.start + share * (self.end - self.start), 1)


def across(low: float, high: float) -> Scale:
    return Scale(low, high, LEFT, WIDTH - RIGHT)


def upwards(low: float, high: float) -> Scale:
    return Scale(low, high, HEIGHT - BOTTOM, TOP)


def degrees(figures: Figures) -> Chart:
    """Draw how many accounts have how many followers and followings, on log axes."""
    both = [*figures.followers, *figures.followings]
    x = across(0, log10(max((degree for degree, _ in both), default=1)) or 1)
    y = upwards(0, log10(max((number for _, number in both), default=1)) or 1)
    top = figures.top[0] if figures.top else (0, 0)
    return Chart(
        "degrees",
        "Few accounts have many followers",
        "Each dot shows how many accounts have a certain number of followers. The dots "
        f"fall from many accounts with one follower to one account with {top[1]}. Each "
        "square shows how many accounts follow a certain number of accounts. The "
        "squares are spread widely, up to "
        f"{max((n for n, _ in figures.followings), default=0)}.",
        "followers, or following",
        "accounts",
        powers(x),
        powers(y),
        [
            Mark("followings", dots(figures.followings, x, y)),
            Mark("followers", dots(figures.followers, x, y)),
        ],
    )


def dots(pairs: Pairs, x: Scale, y: Scale) -> str:
    """Draw strokes of no length, of which the style shows the ends."""
    return "".join(f"M{x.at(log10(a))} {y.at(log10(b))}h0" for a, b in pairs)


def powers(scale: Scale) -> list[Tick]:
    exponents = range(int(scale.high) + 1)
    return [Tick(scale.at(each), intcomma(10**each)) for each in exponents]


def growth(figures: Figures) -> Chart:
    """Draw the sum of the follows of all lists that were published until a time."""
    steps = figures.growth or [(0, 0)]
    (first, _), (last, total) = steps[0], steps[-1]
    x, y = across(first, last), upwards(0, total)
    line = "".join(f"H{x.at(when)}V{y.at(sum_)}" for when, sum_ in steps)
    curve = f"M{x.start} {y.start}{line}"
    return Chart(
        "growth",
        "Most lists are recent",
        f"The line climbs from {intcomma(steps[0][1])} follows in {month(first)} to "
        f"{intcomma(total)} in {month(last)}. It climbs slowly at first and steeply at "
        "the end, because most lists were last published then.",
        "last publication of the list",
        "follows",
        years(x),
        rounds(y),
        [Mark("area", f"{curve}V{y.start}Z"), Mark("line", curve)],
    )


def years(scale: Scale) -> list[Tick]:
    """Return a tick at the beginning of each year."""
    begun, ended = (moment(each).year for each in (scale.low, scale.high))
    starts = [datetime(year, 1, 1, tzinfo=UTC) for year in range(begun + 1, ended + 1)]
    return [Tick(scale.at(each.timestamp()), str(each.year)) for each in starts]


def rounds(scale: Scale) -> list[Tick]:
    """Return ticks at round numbers: five at most, and zero."""
    steps = (digit * 10**exponent for exponent in count() for digit in (1, 2, 5))
    step = next(step for step in steps if scale.high <= 5 * step)
    values = range(0, int(scale.high) + 1, step)
    return [Tick(scale.at(each), intcomma(each)) for each in values]
