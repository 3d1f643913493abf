"""What is measured beside a server of Redis or a cluster; users are in SQLite."""

from __future__ import annotations

from benchmarks import graph
from benchmarks.redis import awaits, load, stalls, verbs
from benchmarks.report import table

SCALE = 2.5


def run(scale: float) -> None:
    plan = graph.make(scale * SCALE, fresh=verbs.FRESH)
    print(f"Graph: {graph.size(scale * SCALE)}.", flush=True)
    rows = [*load.measure(plan), *verbs.measure(plan), *awaits.measure(plan)]
    rows += stalls.measure(int(scale * stalls.FOLLOWERS))
    table(["", "sequere", "compared with", "", "ratio", "target", "met"], rows)
