"""tests.engines runs several engines at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engines.lanes import fill, run_each


def python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_failure_beside_others(capfd: pytest.CaptureFixture[str]) -> None:
    said = "for n in range(3): print('{}', n, flush=True)"
    commands = {name: python(said.format(name)) for name in ("one", "two", "three")}
    assert run_each({**commands, "broken": python("exit(3)")}) == 1
    output = capfd.readouterr().out
    assert "broken: status 3, " in output
    for name in commands:
        assert f"{name} 0\n{name} 1\n{name} 2\n{name}: passed, " in output


def test_the_words_of_a_command() -> None:
    command = ["pytest", "--junit-xml={engine}.xml", "{tests}", "-x"]
    filled = fill(command, "redis", ["tests/a", "tests/b"])
    assert filled == ["pytest", "--junit-xml=redis.xml", "tests/a", "tests/b", "-x"]


def test_being_stopped(tmp_path: Path) -> None:
    """Processes that are still running are ended too."""
    text = f"""
import os, pathlib, time
pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()
time.sleep(600)
"""
    command = [sys.executable, "-m", "tests.engines", "each", "sqlite", "--"]
    process = subprocess.Popen([*command, *python(text)])
    while not list(tmp_path.iterdir()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    [file] = tmp_path.iterdir()
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.name), 0)
