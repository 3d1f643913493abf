"""The most followed accounts in a circle, with a line for each follow among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin
from typing import NamedTuple

from demo import faces
from demo.figures import Figures
from demo.models import Account

SIZE = 440
RADIUS = 146
# The distance of the labels from the middle.
LABELS = RADIUS + 20


class Node(NamedTuple):
    """An account, and its follows among the others of the circle."""

    key: int
    name: str
    followers: int
    follows: int
    followed: int
    colour: str
    x: float
    y: float
    label_x: float
    label_y: float

    @property
    def label(self) -> str:
        """The first name, for which there is room."""
        return self.name.partition(" ")[0]

    @property
    def anchor(self) -> str:
        """The end of the label that is at its place: the end towards the middle."""
        aside = self.label_x - SIZE / 2
        return "middle" if abs(aside) < LABELS / 5 else "end" if aside < 0 else "start"


@dataclass(frozen=True, slots=True)
class Circle:
    nodes: list[Node]
    #: The path of the follows that are returned, and the path of the other follows.
    mutual: str
    single: str
    ties: int

    size = SIZE

    @property
    def possible(self) -> int:
        return len(self.nodes) * (len(self.nodes) - 1)


def draw(figures: Figures, people: Mapping[int, Account]) -> Circle:
    """Draw the most followed accounts of the file, with the names of `people`."""
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
                str(people.get(key, key)),
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
    """Return the position of place `place` among `number`, clockwise from the top."""
    angle = 2 * pi * place / number
    middle = SIZE / 2
    return round(middle + radius * sin(angle), 1), round(
        middle - radius * cos(angle), 1
    )


def bow(one: tuple[float, float], other: tuple[float, float]) -> str:
    """Draw a line that bends towards the middle, so that its neighbours stay apart."""
    middle = SIZE / 2
    bend = [round((a + b) / 4 + middle / 2, 1) for a, b in zip(one, other, strict=True)]
    return f"M{one[0]} {one[1]}Q{bend[0]} {bend[1]} {other[0]} {other[1]}"
