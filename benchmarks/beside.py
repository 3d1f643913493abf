"""Runs a referee beside an engine."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.engines import ENGINES, Unavailable


def run(referee: str, engine: str, *, durable: bool) -> dict[str, Any] | None:
    """Return what the module `referee` prints when it gets the options of this command;
    None if the engine is not here, which is said.
    """
    try:
        ENGINES[engine].version()
    except Unavailable as error:
        print(f"{engine}: not measured: {error}", file=sys.stderr)
        return None
    serve = [sys.executable, "-m", "tests.engines", "run", engine]
    serve += ["--durable"] if durable else []
    command = [*serve, "--", sys.executable, "-m", referee, *sys.argv[1:]]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"{engine}: the run ended with status {done.returncode}.")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
