"""Plain tables."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.targets import TARGETS
from benchmarks.timing import cpu_ratio, wall_ratio
from benchmarks.verbs import Results


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column to the left, others to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print()
    for first, *rest in lines:
        cells = [
            cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)
        ]
        print("  ".join([first.ljust(widths[0]), *cells]).rstrip(), flush=True)


def show_times(results: Results, names: Sequence[str]) -> None:
    head = [f"{kind} {name}" for kind in ("wall", "CPU") for name in names]
    rows = [
        [
            verb,
            *(f"{median(s.wall for s in samples[name]) * 1e6:,.1f}" for name in names),
            *(f"{median(s.cpu for s in samples[name]) * 1e6:,.1f}" for name in names),
        ]
        for verb, samples in results.items()
    ]
    table(["us per call", *head], rows)


def show_ratios(results: Results, others: Sequence[str]) -> None:
    head = [f"{kind} / {other}" for other in others for kind in ("wall", "CPU")]
    rows = [
        [
            verb,
            *(
                str(ratio(samples["sequere"], samples[other]))
                for other in others
                for ratio in (wall_ratio, cpu_ratio)
            ),
        ]
        for verb, samples in results.items()
    ]
    table(["ratio of sequere", *head], rows)


def show_targets(results: Results) -> None:
    rows = []
    for target in TARGETS:
        if found := target.ratios(results):
            worst = max(ratio.middle for ratio in found)
            met = "yes" if worst <= target.limit else "NO"
            rows.append([str(target), *(f"{ratio.middle:.2f}" for ratio in found), met])
    if rows:
        table(["target", "wall", "CPU", "met"], rows)


def show(results: Results) -> None:
    names = ["sequere", "afternoon", "bare"]
    if results:
        show_times(results, names)
        show_ratios(results, names[1:])
        show_targets(results)
