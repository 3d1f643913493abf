from __future__ import annotations

from dataclasses import dataclass

from benchmarks.timing import Ratio, cpu_ratio, wall_ratio
from benchmarks.verbs import Results


@dataclass(frozen=True, slots=True)
class Target:
    """sequere's `verb` takes at most `limit` of what `other` does."""

    verb: str
    limit: float
    contender: str = "afternoon"
    other: str = ""

    def __str__(self) -> str:
        return (
            f"{self.verb} <= {self.limit:g} of {self.contender} {self.other}".rstrip()
        )

    def ratios(self, results: Results) -> tuple[Ratio, Ratio] | None:
        """Wall and CPU, if both sides were measured."""
        ours = results.get(self.verb, {}).get("sequere")
        theirs = results.get(self.other or self.verb, {}).get(self.contender)
        if not ours or not theirs:
            return None
        return wall_ratio(ours, theirs), cpu_ratio(ours, theirs)


TARGETS = [
    Target("bulk", 0.2),
    Target("follow", 0.5),
    Target("unfollow", 0.6),
    Target("is_following", 0.4),
    Target("count-celebrity", 0.2),
    Target("count-celebrity", 3, "sequere", "count-typical"),
    Target("newest", 0.2),
    Target("page-deep", 2, "sequere", "page-first"),
    Target("among", 1),
]
