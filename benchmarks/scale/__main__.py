from __future__ import annotations

import json
import os
import sys
from typing import Any

from benchmarks import beside
from benchmarks.environments import draw
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
    """Replace the results of one engine in the files."""
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / f"{options.name}.json"
    size = {"edges": options.edges, "small": options.small}
    results = json.loads(path.read_text()) if path.exists() else {}
    if {name: results.get(name) for name in size} != size:
        results = {**size, "engines": {}}
    results["engines"][engine] = found
    path.write_text(json.dumps(results, indent=1) + "\n")
    path.with_suffix(".md").write_text(report.page(options.name, results))
    print(f"{found['version']}: written to {path.with_suffix('.md')}", flush=True)
    if not options.here:
        draw(path)


def faults(store: dict[str, Any]) -> bool:
    wrong = any(row["wrong"] for row in store["rows"].values())
    return wrong or bool(store["failed"]) or store["new"] != store["edges"]


if __name__ == "__main__":
    sys.exit(main())
