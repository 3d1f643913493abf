from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "example"


@pytest.mark.skipif(
    os.environ.get("SEQUERE_TEST_ENGINE", "sqlite") != "sqlite",
    reason="The example site has its own database.",
)
def test_example() -> None:
    """The demo has tests of its own, with its own settings."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "test", "demo"],
        cwd=EXAMPLE,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
