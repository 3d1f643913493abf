from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

ROUNDS = 15


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


def freeze() -> None:
    """Let no collection walk through the graph in the middle of a round."""
    gc.collect()
    gc.freeze()


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


def taking_turns(one: Callable[[int], Sample]) -> tuple[list[Sample], list[Sample]]:
    """Samples of two contenders, the numbers 0 and 1."""
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    for number in range(ROUNDS):
        for contender in (0, 1) if number % 2 else (1, 0):
            samples[contender].append(one(contender))
    return samples
