"""What is measured beside a server of Redis or a cluster; users are in SQLite."""

from __future__ import annotations

from benchmarks import awaits, bulk, graph, graph_reads
from benchmarks.lines import HEAD
from benchmarks.redis import load, stalls, verbs
from benchmarks.redis.servers import is_cluster
from benchmarks.report import table
from benchmarks.timing import freeze

SCALE = 2.5
# How many times as fast awaits at once have to be.
AT_ONCE = 4
AT_ONCE_IN_CLUSTER = 3


def run(scale: float) -> None:
    plan = graph.make(scale * SCALE, fresh=verbs.FRESH)
    print(f"Graph: {graph.size(scale * SCALE)}.", flush=True)
    # Suggestions are instances.
    bulk.create_users(plan.users)
    rows = [*load.measure(plan)]
    freeze()
    rows += verbs.measure(plan)
    limit = 1 / AT_ONCE_IN_CLUSTER if is_cluster() else 1 / AT_ONCE
    rows += [*awaits.measure(plan, limit), *awaits.measure_follows(plan, limit)]
    rows += graph_reads.measure(plan)
    rows += stalls.measure(int(scale * stalls.FOLLOWERS))
    table(HEAD, rows)
