"""Starts the demo in the same way as `make demo`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MANAGE = ROOT / "example" / "manage.py"


@contextmanager
def demo(folder: str, backend: str, **environment: str) -> Iterator[str]:
    """Serve the demo, and give its address."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", MANAGE, "demo", "--port=0"],
        env=os.environ
        | {"BACKEND": backend, "DEMO_DATABASE": str(Path(folder, "demo.sqlite3"))}
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                break
        else:
            pytest.fail(process.communicate()[1])
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
