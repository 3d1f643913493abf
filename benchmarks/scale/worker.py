"""The process of one store: it makes the graph, and measures the referee's rows."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import django

from benchmarks import graph
from benchmarks.answering import answer_all
from benchmarks.contenders.base import freeze
from benchmarks.scale.graph import make

Answer = dict[str, Any]

#: The number of follows in a call. A call is a transaction.
CALL = 100_000
PROGRESS = 1_000_000
#: SQLite writes each changed page once in a transaction, and most pages change.
CALL_OF_SQLITE = 1_000_000


class Worker:
    def setup(self, edges: int, real: str | None) -> Answer:
        """Make the tables, the graph and its users."""
        from django.contrib.auth.models import Group, User
        from django.db import connection

        import sequere
        from benchmarks.scale.rows import GROWING, ROWS
        from benchmarks.scale.world import World

        sequere.register(User)
        sequere.register(Group, approving())
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        self.world = World(make(edges, Path(real) if real else None))
        self.world.create()
        return {
            "users": self.world.graph.users,
            "edges": len(self.world.graph),
            "rows": {row: row in GROWING for row in ROWS},
        }

    def load(self) -> Answer:
        """Import the graph, and measure each chunk."""
        from benchmarks.scale.cpu import Stopwatch
        from benchmarks.sizes import stored
        from sequere import api

        before, watch, samples, new = stored(), Stopwatch(), [], 0
        for chunk in self.chunks():
            begun = perf_counter()
            new += len(api.follow_many(chunk))
            samples.append([len(chunk), perf_counter() - begun])
            done = sum(size for size, _ in samples)
            if done % PROGRESS == 0:
                print(f"{done:,} follows", file=sys.stderr, flush=True)
        cpu = watch.read()
        return {
            "new": new,
            "bytes": stored() - before,
            "chunks": samples,
            "cpu": cpu,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }

    def chunks(self) -> Iterator[list[Any]]:
        from django.db import connection

        from sequere.types import Ref

        follows = self.world.graph
        in_sqlite = connection.vendor == "sqlite" and not os.environ.get(
            "SEQUERE_TEST_URLS"
        )
        size = CALL_OF_SQLITE if in_sqlite else CALL
        refs = [Ref("user", str(number)) for number in range(follows.users + 1)]
        for start in range(0, len(follows), size):
            indexes = range(start, min(start + size, len(follows)))
            pairs = ((index, *follows[index]) for index in indexes)
            yield [(refs[a], refs[b], graph.when(index)) for index, a, b in pairs]

    def settle(self) -> Answer:
        from benchmarks.sizes import analyze

        self.world.furnish()
        begun = perf_counter()
        analyze()
        freeze()
        return {"analyze": perf_counter() - begun}

    def run(self, row: str) -> Answer:
        """Measure each call of a row, and the processor time of all of them."""
        from benchmarks.scale.cpu import Stopwatch
        from benchmarks.scale.rows import ROWS
        from sequere.exceptions import NotSupported

        try:
            calls = [*ROWS[row](self.world)]
            watch = Stopwatch()
            samples, wrong = measured(calls)
        except NotSupported:
            return {"walls": []}
        cpu = {kind: spent / len(calls) for kind, spent in watch.read().items()}
        return {"walls": samples, "wrong": wrong, **cpu}

    def backup(self) -> Answer:
        from benchmarks.scale.backups import backup

        return {**backup()}


def measured(calls: list[Any]) -> tuple[list[float], int]:
    samples, wrong = [], 0
    for do, right in calls:
        begun = perf_counter()
        answer = do()
        samples.append(perf_counter() - begun)
        wrong += right is not None and answer != right
    return samples, wrong


def approving() -> Any:
    from sequere.base import ModelBase

    class GroupSequere(ModelBase):
        """Groups approve their followers. Users do not."""

        def approval(self, instance: Any) -> bool:
            return True

    return GroupSequere


if __name__ == "__main__":
    django.setup()
    answer_all(Worker())
