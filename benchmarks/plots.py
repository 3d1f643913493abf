"""Pictures of results, in an environment that has matplotlib and nothing else.

`python -m benchmarks.plots docs/benchmarks/small.json` draws those of small.md again.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from math import log
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

OURS = "django-sequere"
COLUMNS = 4
#: A contender has the same colour in every picture. There are ten colours.
COLOURS: dict[str, str] = {}


def main() -> None:
    path = Path(sys.argv[1])
    matplotlib: Any = import_module("matplotlib")
    matplotlib.use("svg")
    # Equal results make equal files, and text stays text.
    matplotlib.rcParams |= {"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}
    results = json.loads(path.read_text())
    for engine, found in results["engines"].items():
        if "stores" in found:
            figure = growth(found, results["small"], results["edges"])
            save(figure, path.with_name(f"{path.stem}-{engine}-growth.svg"))
            continue
        for name in found["contenders"]:
            COLOURS.setdefault(name, f"C{len(COLOURS) % 10}")
        save(ratios(found), path.with_name(f"{path.stem}-{engine}-ratios.svg"))
        if found["curves"]:
            save(curves(found), path.with_name(f"{path.stem}-{engine}-curves.svg"))


def save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    # Editors would remove the blanks at the ends of lines.
    lines = (line.rstrip() for line in path.read_text().splitlines())
    path.write_text("\n".join(lines) + "\n")


def ratios(found: dict[str, Any]) -> Any:
    """Draw a point for each contender and row: the median, with its extremes."""
    rows = [row for row, samples in found["table"].items() if len(samples) > 1]
    figure, axes = grid(1, (9, 0.5 * len(rows) + 1))
    [axis] = axes
    others = [name for name in found["contenders"] if name != OURS]
    for number, name in enumerate(others):
        points = [
            (index + 0.75 * (number + 0.5) / len(others) - 0.375, *spread)
            for index, row in enumerate(rows)
            if (spread := spread_of(found["table"][row], name))
        ]
        if not points:
            continue
        places, low, middle, high = zip(*points, strict=True)
        axis.hlines(places, low, high, color=COLOURS[name], alpha=0.5)
        axis.plot(middle, places, "o", color=COLOURS[name], label=name, markersize=4)
    axis.axvline(1, color="black", linewidth=1)
    axis.set(xscale="log", xlabel=f"times as long as {OURS} takes")
    axis.set_yticks(range(len(rows)), rows)
    axis.invert_yaxis()
    axis.grid(axis="x", alpha=0.3)
    axis.set_title(found["version"])
    figure.legend(loc="upper left", bbox_to_anchor=(1, 0.95))
    return figure


def spread_of(samples: dict[str, Any], name: str) -> tuple[float, float, float] | None:
    if name not in samples or OURS not in samples:
        return None
    pairs = zip(samples[name], samples[OURS], strict=False)
    each = sorted(theirs["wall"] / ours["wall"] for theirs, ours in pairs)
    return each[0], median(each), each[-1]


def curves(found: dict[str, Any]) -> Any:
    """Draw a picture for each verb: the time over the length of the list."""
    lengths = sorted(map(int, found["curves"]))
    rows = list(found["curves"][str(lengths[0])])
    lines = -(-len(rows) // COLUMNS)
    figure, axes = grid(len(rows), (15, 2.7 * lines), lines, COLUMNS)
    for row, axis in zip(rows, axes, strict=True):
        for name in found["contenders"]:
            points = [
                (length, median(each["wall"] for each in samples[name]) * 1e6)
                for length in lengths
                if name in (samples := found["curves"][str(length)].get(row, {}))
            ]
            if points:
                line = [*zip(*points, strict=True)]
                axis.plot(*line, "o-", color=COLOURS[name], label=name)
        axis.set(xscale="log", yscale="log", title=row, ylabel="microseconds")
        axis.grid(alpha=0.3)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=4, bbox_to_anchor=(0.5, 0))
    figure.suptitle(f"{found['version']}, by the length of the list")
    return figure


def growth(found: dict[str, Any], small: int, large: int) -> Any:
    """Two points for each row: the time in the large store, by that in the small."""
    low, high = (store["rows"] for store in found["stores"].values())
    rows = [row for row in low if row in high and row not in found["growing"]]
    figure, axes = grid(1, (9, 0.24 * len(rows) + 1))
    [axis] = axes
    for label, of in (("median", itemgetter("median")), ("CPU", work)):
        factors = [of(high[row]) / of(low[row]) for row in rows]
        axis.plot(factors, range(len(rows)), "o", label=label, markersize=4)
    axis.axvline(1, color="black", linewidth=1)
    axis.axvline(log(large, small), color="grey", linestyle=":", label="a logarithm")
    axis.axvline(large / small, color="grey", linestyle="--", label="the follows")
    axis.set(xscale="log", xlabel=f"{large:,} follows, by {small:,}")
    axis.set_yticks(range(len(rows)), rows)
    axis.invert_yaxis()
    axis.grid(axis="both", alpha=0.3)
    axis.set_title(found["version"])
    axis.legend(loc="lower right")
    return figure


def work(row: dict[str, Any]) -> float:
    return median(map(sum, zip(row["client"], row["server"], strict=True)))


def grid(
    used: int, size: tuple[float, float], lines: int = 1, columns: int = 1
) -> tuple[Any, list[Any]]:
    figure, axes = import_module("matplotlib.pyplot").subplots(
        lines, columns, figsize=size, squeeze=False, layout="constrained"
    )
    for axis in axes.flat[used:]:
        axis.remove()
    return figure, list(axes.flat[:used])


if __name__ == "__main__":
    main()
