"""The suite also passes in a project without time zones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings import ENGINE

ROOT = Path(__file__).parents[2]
# All tests of MemoryBackend but the long one, and the tests of SQL that use times.
CHOSEN = (
    "(MemoryTests and not thousand) "
    "or (SimpleTests and (time or since or hour or page or archive))"
)


@pytest.mark.skipif(ENGINE != "sqlite", reason="It is about Python and SQLite.")
def test_the_suite_without_time_zones() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    chosen = ["tests/backends/test_conformance.py", "-k", CHOSEN]
    done = subprocess.run(
        [*command, "--ds=tests.naive_settings", *chosen],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
