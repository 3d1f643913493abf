"""Importing the graph, which is how it gets there for the other verbs too."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import connections

from benchmarks.contenders import Contender, Edge
from benchmarks.graph import Graph, when
from benchmarks.models import Follow, GenericEdge
from benchmarks.timing import Sample, sample
from benchmarks.verbs import turns
from sequere.batching import batched

CHUNK = 50_000

# How an engine makes a time of microseconds.
TIMES = {
    "sqlite": "datetime(created / 1000000, 'unixepoch')",
    "postgresql": "to_timestamp(created / 1000000)",
    "mysql": "from_unixtime(created DIV 1000000)",
}
INTEGERS = {"sqlite": "INTEGER", "postgresql": "INTEGER", "mysql": "SIGNED"}
COPY = """
INSERT INTO benchmarks_follow (from_user_id, to_user_id, created)
SELECT CAST(from_object_id AS {integer}), CAST(to_object_id AS {integer}), {time}
FROM sequere_edge ORDER BY id
"""
ANALYZE = {
    "sqlite": "ANALYZE",
    # What autovacuum would do later, in the middle of a round.
    "postgresql": "VACUUM ANALYZE",
    "mysql": "ANALYZE TABLE sequere_edge, sequere_count, auth_user",
}


def load(
    graph: Graph, users: dict[int, User], contenders: Sequence[Contender], *, bulk: bool
) -> dict[str, list[Sample]]:
    """Give all the graph, in turns. Only an import by the afternoon is for show."""
    edges = [
        (users[source], users[target], when(index))
        for index, (source, target) in enumerate(graph.edges)
    ]
    chosen = [each for each in contenders if bulk or each.name != "afternoon"]
    samples: dict[str, list[Sample]] = {each.name: [] for each in chosen}
    for index, chunk in enumerate(batched(edges, CHUNK)):
        for contender in turns(chosen, index):
            samples[contender.name].append(load_chunk(contender, chunk))
    copy()
    analyze()
    return samples if bulk else {}


def load_chunk(contender: Contender, chunk: Sequence[Edge]) -> Sample:
    return sample(lambda: contender.load(chunk), len(chunk))


def create_users(count: int) -> dict[int, User]:
    for alias in ("default", "other"):
        User.objects.using(alias).bulk_create(
            [User(pk=number, username=str(number)) for number in range(1, count + 1)],
            batch_size=1000,
        )
    return User.objects.in_bulk()


def copy() -> None:
    """Let the afternoon's table have what sequere's has, in the same order."""
    GenericEdge.objects.all().delete()
    vendor = connections["default"].vendor
    run("default", COPY.format(integer=INTEGERS[vendor], time=TIMES[vendor]))


def analyze() -> None:
    for alias in ("default", "other"):
        run(alias, ANALYZE[connections[alias].vendor])
    if connections["default"].vendor == "mysql":
        run("default", f"ANALYZE TABLE {Follow._meta.db_table}")


def run(alias: str, sql: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
