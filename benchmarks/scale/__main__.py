from __future__ import annotations

import os
import sys
from typing import Any

from benchmarks import beside, results
from benchmarks.machine import circumstances
from benchmarks.scale import report
from benchmarks.scale.options import Options, parse


def main() -> int:
    options = parse()
    wrong = False
    for engine in options.engines:
        before = os.getloadavg()[0]
        if found := beside.run(
            "benchmarks.scale.referee", engine, durable=options.durable
        ):
            facts = circumstances(options) | {"load_before": round(before, 1)}
            write(options, engine, facts | found)
            wrong |= any(map(faults, found["stores"].values()))
    return int(wrong)


def write(options: Options, engine: str, found: dict[str, Any]) -> None:
    path = options.output / f"{options.name}.json"
    size = {"edges": options.edges, "small": options.small}
    results.write(path, size, engine, found, report.page, pictures=not options.here)


def faults(store: dict[str, Any]) -> bool:
    wrong = any(row["wrong"] for row in store["rows"].values())
    return wrong or bool(store["failed"]) or store["new"] != store["edges"]


if __name__ == "__main__":
    sys.exit(main())
