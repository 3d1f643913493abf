"""The content of a slot, as scripts read it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from sequere.backends.redis.keys import Ends
from sequere.exceptions import BackendError
from sequere.times import FARTHEST, from_microseconds
from sequere.types import ACTIVE, Edge

MICROSECONDS = re.compile(r"-?\d{1,16}", re.ASCII)


class Slot(NamedTuple):
    """One side of an edge: its score by state. Damage can leave several states."""

    scores: dict[int, str]
    level: int

    @classmethod
    def read(cls, reply: list[Any] | None) -> Slot | None:
        """Return None if one of the keys holds another type than a list."""
        if reply is None:
            return None
        level, *rest = reply
        return cls(dict(zip(rest[::2], rest[1::2], strict=True)), int(level))

    @property
    def is_damaged(self) -> bool:
        return len(self.scores) > 1 or not all(map(is_time, self.scores.values()))


class Found(NamedTuple):
    """An edge, as scripts read it."""

    ends: Ends
    score: str
    state: int = ACTIVE
    level: int | str = 0

    def edge(self, alias: str) -> Edge:
        created = time_of(alias, self.score)
        return Edge(*self.ends, created, self.state, int(self.level))


def is_time(score: str) -> bool:
    """Is `score` a time as writes leave it, in whole microseconds?"""
    return bool(MICROSECONDS.fullmatch(score)) and abs(int(score)) <= FARTHEST


def as_text(score: float) -> str:
    """Return a score as scripts write it: for commands, the driver returns floats."""
    return str(int(score)) if score % 1 == 0 else str(score)


def microseconds_of(alias: str, score: str | float) -> int:
    """Return microseconds. Raise BackendError if `score` is not a time."""
    try:
        number = int(score)
    except (ValueError, OverflowError):
        number = FARTHEST + 1
    # int() cuts a float; a text that is not a whole number was refused.
    if -FARTHEST <= number <= FARTHEST and (type(score) is str or number == score):
        return number
    raise BackendError(
        f"Backend {alias!r}: a list has the score {score}, which is not a time in "
        "whole microseconds. Run `manage.py sequere_verify --repair`."
    )


def time_of(alias: str, score: str | float) -> datetime:
    return from_microseconds(microseconds_of(alias, score))
