from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from benchmarks import machine, report
from benchmarks.contenders import OURS
from benchmarks.contenders.base import CLUSTER, SERVERS
from benchmarks.environments import PLOTS, python_of
from benchmarks.options import Options, parse
from benchmarks.process import ROOT
from tests.engines import ENGINES, Unavailable


def main() -> int:
    options = parse()
    wrong = False
    for name in options.engines:
        if found := run(name, options):
            wrong |= bool(faults(name, found["contenders"][OURS]))
            write(options, name, circumstances(options) | found)
    return int(wrong)


def circumstances(options: Options) -> dict[str, Any]:
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine.describe(),
        "rounds": options.rounds,
        "durable": options.durable,
        "note": options.note,
    }


def run(name: str, options: Options) -> dict[str, Any] | None:
    try:
        ENGINES[name].version()
    except Unavailable as error:
        print(f"{name}: not measured: {error}", file=sys.stderr)
        return None
    serve = [sys.executable, "-m", "tests.engines", "run", name]
    serve += ["--durable"] if options.durable else []
    referee = [sys.executable, "-m", "benchmarks.referee", *sys.argv[1:]]
    done = subprocess.run([*serve, "--", *referee], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: the run ended with status {done.returncode}.")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


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
    if not options.here and (python := python_of("plots", PLOTS)):
        plot = [str(python), "-m", "benchmarks.plots", str(path)]
        subprocess.run(plot, cwd=ROOT, check=True)


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
