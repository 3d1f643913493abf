from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks import beside, report
from benchmarks.contenders import OURS
from benchmarks.contenders.base import CLUSTER, SERVERS
from benchmarks.environments import draw
from benchmarks.machine import circumstances
from benchmarks.options import Options, parse


def main() -> int:
    options = parse()
    wrong = False
    for name in options.engines:
        found = beside.run("benchmarks.referee", name, durable=options.durable)
        if found:
            wrong |= bool(faults(name, found["contenders"][OURS]))
            write(options, name, circumstances(options) | found)
    return int(wrong)


def write(options: Options, engine: str, found: dict[str, Any]) -> None:
    """Write the results of one engine into the files, and replace its earlier ones."""
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / f"{options.name}.json"
    size = {"users": options.users, "edges": options.edges}
    results = json.loads(path.read_text()) if path.exists() else {}
    if {name: results.get(name) for name in size} != size:
        results = {**size, "engines": {}}
    results["engines"][engine] = found
    path.write_text(json.dumps(results, indent=1) + "\n")
    path.with_suffix(".md").write_text(report.page(options.name, results))
    print(f"{found['version']}: written to {path.with_suffix('.md')}", flush=True)
    if not options.here:
        draw(path)


def faults(name: str, facts: dict[str, Any]) -> list[Any]:
    """Return a sentence for each fault of this package, which must have none."""
    races = dict(facts["races"] or {})
    if name in (*SERVERS, *CLUSTER):
        # Redis does not see rows, so it stores a follow of a missing row.
        races.pop("late follows", None)
    found = [facts["wrong_answers"], facts["leftovers"], facts["failed"]]
    return [each for each in (*found, *races.values()) if each]


if __name__ == "__main__":
    sys.exit(main())
