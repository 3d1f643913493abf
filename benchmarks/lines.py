"""A line of the table, from samples of two contenders that took turns."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.timing import Sample, wall_ratio

Line = list[str]
HEAD = ["", "sequere", "compared with", "", "ratio", "target", "met"]


def compared(
    name: str,
    ours: Sequence[Sample],
    other: str,
    theirs: Sequence[Sample],
    limit: float | None = None,
) -> Line:
    ratio = wall_ratio(ours, theirs)
    return [
        name,
        micro(ours),
        other,
        micro(theirs),
        str(ratio),
        "" if limit is None else f"<= {limit:g}",
        "" if limit is None else yes(ratio.middle <= limit),
    ]


def micro(samples: Sequence[Sample]) -> str:
    return f"{median(each.wall for each in samples) * 1e6:,.0f} us"


def yes(met: bool) -> str:
    return "yes" if met else "NO"
