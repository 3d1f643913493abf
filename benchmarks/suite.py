"""Everything that is measured on one engine."""

from __future__ import annotations

import os
from collections.abc import Sequence

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import (
    awaits,
    bulk,
    graph,
    graph_reads,
    real,
    redis,
    report,
    verbs,
    writers,
)
from benchmarks.contenders import Contender, contenders
from benchmarks.lines import HEAD
from benchmarks.options import Options
from benchmarks.scene import NEW, ROUNDS, Scene, scenes
from benchmarks.timing import freeze

# MariaDB has no targets, and would take most of the time.
SCALES = {"mysql": 0.25}


def run(options: Options) -> None:
    if os.environ.get("SEQUERE_TEST_URLS"):
        redis.run(options.scale)
        return
    scale = options.scale * SCALES.get(connection.vendor, 1)
    print(f"Graph at scale {scale:g}: {graph.size(scale)}.", flush=True)
    if set(options.verbs) - {"writers"}:
        run_verbs(options.verbs, scale)
    if "writers" in options.verbs:
        writers.run(scale)
    if options.real:
        real.run()


def run_verbs(names: Sequence[str], scale: float) -> None:
    plan = graph.make(scale, fresh=NEW * ROUNDS)
    users = bulk.create_users(plan.users)
    everyone = contenders()
    loaded = bulk.load(plan, users, everyone, bulk="bulk" in names)
    results: verbs.Results = {"bulk": loaded} if loaded else {}
    if set(names) & set(verbs.VERBS):
        rounds = scenes(plan, users, everyone)
        check_answers(everyone, rounds[0])
        check_one_query(everyone[0], rounds[0])
        freeze()
        results |= verbs.measure(names, everyone, rounds)
    report.show(results)
    if "graph" in names:
        report.table(HEAD, [*graph_reads.measure(plan), *awaits.measure(plan)])


def check_answers(everyone: Sequence[Contender], scene: Scene) -> None:
    """A contender that is fast, but wrong, is none."""
    first, *rest = [answers(contender, scene) for contender in everyone]
    if any(answer != first for answer in rest):
        raise AssertionError("The contenders do not agree about the graph.")


def answers(contender: Contender, scene: Scene) -> object:
    return (
        contender.count(scene.celebrity),
        [contender.count(user) for user in scene.typical],
        [contender.is_following(*pair) for pair in scene.known],
        [len(contender.among(*asker)) for asker in scene.askers],
        len(contender.newest(scene.celebrity)),
        len(contender.page(scene.celebrity, scene.places[contender.name])),
    )


def check_one_query(package: Contender, scene: Scene) -> None:
    with CaptureQueriesContext(connection) as queries:
        package.among(*scene.askers[0])
    if len(queries) != 1:
        raise AssertionError(f"50 at once took {len(queries)} queries, not one.")
