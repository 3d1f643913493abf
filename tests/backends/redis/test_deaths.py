"""After writers are killed, servers die and slots move, the data is whole or
repairable.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from sequere.backends.redis import RedisBackend
from tests.backends.redis.audit import audit
from tests.backends.redis.servers import IS_CLUSTER, needs_server, options
from tests.problems import problems_in

WRITERS = 2
# On one server, a writer cannot die between two steps.
DEATHS = 600 if IS_CLUSTER else 100
OPERATIONS = 20_000 if IS_CLUSTER else 4_000


@needs_server
def test_writers_are_killed_at_random() -> None:
    backend = RedisBackend("default", **options(prefix="deaths"))
    backend.clear()
    deaths = operations = 0
    for report in [writer.communicate()[0] for writer in start_writers(backend)]:
        found = json.loads(report)
        deaths += found["deaths"]
        operations += found["operations"]
    assert deaths >= DEATHS
    assert operations >= OPERATIONS

    problems = {problem.where for problem in problems_in(backend.verify())}
    # On one server, a write has no steps between which a writer could die.
    assert bool(problems) is IS_CLUSTER
    assert {each for each in audit(backend) if "->" in each} <= problems
    # The repair of a block also cuts the follow that was reported beside it.
    assert {problem.where for problem in problems_in(backend.repair())} <= problems
    assert problems_in(backend.verify()) == []
    assert audit(backend) == set()
    backend.clear()


def start_writers(backend: RedisBackend) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-m", "tests.backends.redis.mortals", json.dumps(found)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for found in (writer_options(backend, seed) for seed in range(WRITERS))
    ]


def writer_options(backend: RedisBackend, seed: int) -> dict[str, Any]:
    return {
        # Tests use this prefix, but the writers do not run inside a test.
        "options": options(prefix=backend.keyspaces.current().prefix),
        "seed": seed,
        "deaths": DEATHS // WRITERS,
        "operations": OPERATIONS // WRITERS,
    }
