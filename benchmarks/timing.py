from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one call."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of one contender's samples to another's, round by round."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f}-{self.high:.2f})"


def sample(work: Callable[[], object], calls: int) -> Sample:
    """Run work() once, in which there are so many calls."""
    wall, cpu = perf_counter(), process_time()
    work()
    return Sample((perf_counter() - wall) / calls, (process_time() - cpu) / calls)


def wall_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> Ratio:
    return ratio(
        [our.wall / their.wall for our, their in zip(ours, theirs, strict=True)]
    )


def cpu_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> Ratio:
    return ratio([our.cpu / their.cpu for our, their in zip(ours, theirs, strict=True)])


def ratio(ratios: Sequence[float]) -> Ratio:
    return Ratio(median(ratios), min(ratios), max(ratios))
