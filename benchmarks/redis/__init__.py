"""What is measured beside a server of Redis or a cluster; users are in SQLite."""

from __future__ import annotations

from benchmarks import awaits, bulk, graph, graph_reads
from benchmarks.lines import HEAD
from benchmarks.redis import load, stalls, verbs
from benchmarks.redis.servers import is_cluster
from benchmarks.report import table
from benchmarks.timing import freeze

SCALE = 2.5
# The time of awaits at once, in that of awaits one by one.
AT_ONCE = 0.25
AT_ONCE_IN_CLUSTER = 0.33


def run(scale: float) -> None:
    plan = graph.make(scale * SCALE, fresh=verbs.FRESH)
    print(f"Graph: {graph.size(scale * SCALE)}.", flush=True)
    # Suggestions are instances.
    bulk.create_users(plan.users)
    rows = [*load.measure(plan)]
    freeze()
    rows += verbs.measure(plan)
    limit = AT_ONCE_IN_CLUSTER if is_cluster() else AT_ONCE
    rows += [*awaits.measure(plan, limit), *awaits.measure_follows(plan, limit)]
    rows += graph_reads.measure(plan)
    rows += stalls.measure(int(scale * stalls.FOLLOWERS))
    table(HEAD, rows)
