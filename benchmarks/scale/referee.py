"""Runs beside one engine: loads two stores, and asks both the same in turns."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks.process import Child, Failed
from benchmarks.scale.options import Options, parse

GROWING_ROUNDS = 3
Samples = dict[str, list[Any]]


class Store(Child):
    def __init__(self, edges: int) -> None:
        super().__init__(
            f"{edges:,} follows",
            "benchmarks.scale.worker",
            sys.executable,
            SEQUERE_STORE=f"store{edges}",
            DJANGO_SETTINGS_MODULE="benchmarks.scale.settings",
        )
        self.edges = edges
        self.facts: dict[str, Any] = {}
        self.rows: dict[str, Samples] = defaultdict(lambda: defaultdict(list))
        self.failed: dict[str, str] = {}

    def load(self, options: Options) -> None:
        real = str(options.real.resolve()) if options.real else None
        self.facts = self.ask("setup", edges=self.edges, real=real)
        self.plan: dict[str, bool] = self.facts.pop("rows")
        self.facts |= self.ask("load")
        self.facts |= self.ask("settle")
        say(f"{self.name} are loaded")

    def measure(self, row: str, *, counts: bool) -> None:
        """The first round warms the caches, and does not count."""
        if row in self.failed:
            return
        try:
            found = self.ask("run", row=row)
        except Failed as error:
            self.failed[row] = str(error)
            return
        if counts and found["walls"]:
            self.rows[row]["walls"] += found.pop("walls")
            for kind, value in found.items():
                self.rows[row][kind].append(value)

    def results(self) -> dict[str, Any]:
        rows = {name: summary(row) for name, row in self.rows.items()}
        return {**self.facts, "rows": rows, "failed": self.failed}


def summary(row: Samples) -> dict[str, Any]:
    """Summarise the calls of all rounds, with the processor time of each round."""
    walls = sorted(row["walls"])
    late = walls[min(int(len(walls) * 0.99), len(walls) - 1)]
    cpu = {
        kind: [round(each, 7) for each in row[kind]] for kind in ("client", "server")
    }
    return {
        "calls": len(walls),
        "median": round(median(walls), 7),
        "p99": round(late, 7),
        **cpu,
        "wrong": sum(row["wrong"]),
    }


def run(options: Options, stores: list[Store]) -> dict[str, Any]:
    for store in stores:
        store.load(options)
    rows = {
        row: is_growing for store in stores for row, is_growing in store.plan.items()
    }
    loads = []
    for number in range(options.rounds + 1):
        for row, is_growing in rows.items():
            # These rows are slow, and their growth is documented.
            if not is_growing or number <= GROWING_ROUNDS:
                for store in turned(stores, number):
                    store.measure(row, counts=number > 0)
        loads.append(round(os.getloadavg()[0], 1))
        say(f"round {number} of {options.rounds}")
    for store in stores:
        store.facts["backup"] = store.ask("backup")
    return {
        "loads": loads,
        "growing": [row for row, is_growing in rows.items() if is_growing],
        "version": os.environ.get("SEQUERE_TEST_VERSION", ""),
        "stores": {str(store.edges): store.results() for store in stores},
    }


def turned(stores: list[Store], number: int) -> list[Store]:
    """Each store begins as often as the other."""
    return stores if number % 2 else stores[::-1]


def say(what: str) -> None:
    engine = os.environ.get("SEQUERE_TEST_VERSION", "")
    print(f"{engine}: {what}", file=sys.stderr, flush=True)


def main() -> None:
    options = parse()
    with ExitStack() as stack:
        sizes = (options.small, options.edges)
        stores = [stack.enter_context(Store(edges)) for edges in sizes]
        print(json.dumps(run(options, stores)), flush=True)


if __name__ == "__main__":
    main()
