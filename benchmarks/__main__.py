from __future__ import annotations

import platform
import subprocess
import sys

import django

from benchmarks.options import Options, parse
from tests.engines import ENGINES, Unavailable

HEAD = """\
Python {python}, Django {django}. Contenders take turns; ratios are medians over
rounds of the ratio within a round, with their extremes. CPU is that of this process:
a server's own is not in it, and shows in the wall time only.
SQLite: journal_mode=WAL, synchronous=NORMAL. Servers: {durability}."""
FAST = "fast settings, which a power cut\nwould not survive (see --durable)"


def main() -> int:
    options = parse()
    print(
        HEAD.format(
            python=platform.python_version(),
            django=django.get_version(),
            durability="their own durable settings" if options.durable else FAST,
        ),
        flush=True,
    )
    return max([run(engine, options) for engine in options.engines])


def run(name: str, options: Options) -> int:
    try:
        version = ENGINES[name].version()
    except Unavailable as error:
        print(f"\n{name}: not measured: {error}", flush=True)
        return 0
    print(f"\n=== {version} ===", flush=True)
    serve = [sys.executable, "-m", "tests.engines", "run", name]
    serve += ["--durable"] if options.durable else []
    measure = [sys.executable, "-m", "benchmarks.measure", *sys.argv[1:]]
    return subprocess.run([*serve, "--", *measure], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
