"""Who of the most followed follows whom: a circle of accounts, and lines across it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import cos, pi, sin
from typing import NamedTuple

from demo import faces
from demo.figures import Figures

SIZE = 440
RADIUS = 146
# Of the labels, from the middle.
LABELS = RADIUS + 20


class Node(NamedTuple):
    """An account; how many of the others it follows, and is followed by."""

    key: int
    followers: int
    follows: int
    followed: int
    colour: str
    x: float
    y: float
    label_x: float
    label_y: float

    @property
    def anchor(self) -> str:
        """Which end of the label is at its place: the one towards the middle."""
        aside = self.label_x - SIZE / 2
        return "middle" if abs(aside) < LABELS / 5 else "end" if aside < 0 else "start"


@dataclass(frozen=True, slots=True)
class Circle:
    nodes: list[Node]
    #: Paths: of follows that are returned, and of those that are not.
    mutual: str
    single: str
    ties: int

    size = SIZE

    @property
    def possible(self) -> int:
        return len(self.nodes) * (len(self.nodes) - 1)


def draw(figures: Figures) -> Circle:
    follows = Counter(a for a, _ in figures.ties)
    followed = Counter(b for _, b in figures.ties)
    keys = [key for key, _ in figures.top]
    places = {key: around(place, len(keys), RADIUS) for place, key in enumerate(keys)}
    labels = {key: around(place, len(keys), LABELS) for place, key in enumerate(keys)}
    ties = {(a, b) for a, b in figures.ties}
    mutual = [(a, b) for a, b in sorted(ties) if (b, a) in ties and a < b]
    single = [(a, b) for a, b in sorted(ties) if (b, a) not in ties]
    return Circle(
        [
            Node(
                key,
                followers,
                follows[key],
                followed[key],
                faces.colour(key),
                *places[key],
                *labels[key],
            )
            for key, followers in figures.top
        ],
        "".join(bow(places[a], places[b]) for a, b in mutual),
        "".join(bow(places[a], places[b]) for a, b in single),
        len(ties),
    )


def around(place: int, number: int, radius: float) -> tuple[float, float]:
    """From the top, clockwise."""
    angle = 2 * pi * place / number
    middle = SIZE / 2
    return round(middle + radius * sin(angle), 1), round(
        middle - radius * cos(angle), 1
    )


def bow(one: tuple[float, float], other: tuple[float, float]) -> str:
    """A line that is bent towards the middle, so that neighbours are seen apart."""
    middle = SIZE / 2
    bend = [round((a + b) / 4 + middle / 2, 1) for a, b in zip(one, other, strict=True)]
    return f"M{one[0]} {one[1]}Q{bend[0]} {bend[1]} {other[0]} {other[1]}"
