from __future__ import annotations

import sys
from typing import Any

from benchmarks import beside, report, results
from benchmarks.contenders import OURS
from benchmarks.contenders.base import CLUSTER, SERVERS
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
    path = options.output / f"{options.name}.json"
    size = {"users": options.users, "edges": options.edges}
    results.write(path, size, engine, found, report.page, pictures=not options.here)


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
