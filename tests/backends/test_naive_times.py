"""The suite passes in a project without time zones, too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Every test of one backend, and what times have to do with in SQL.
CHOSEN = "MemoryTests or (SimpleTests and (time or since or hour or page or archive))"


def test_the_suite_without_time_zones() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    chosen = ["tests/backends/test_conformance.py", "-k", CHOSEN]
    # A database of its own, beside the one of the tests that run this.
    environment = {**os.environ, "SEQUERE_TEST_ENGINE": "sqlite"}
    done = subprocess.run(
        [*command, "--ds=tests.naive_settings", *chosen],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
