"""`make demo`, as a visitor runs it and stops it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.example.serving import ROOT

pytestmark = [
    pytest.mark.skipif(not shutil.which("make"), reason="make is not installed"),
    pytest.mark.skipif(
        os.environ.get("SEQUERE_TEST_ENGINE", "sqlite") != "sqlite",
        reason="The example site has its own database.",
    ),
]


def make(folder: Path, **variables: object) -> subprocess.Popen[str]:
    words = [f"{name}={value}" for name, value in variables.items()]
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"MAKEFLAGS", "DJANGO_SETTINGS_MODULE"}
    }
    return subprocess.Popen(
        ["make", "demo", f"VENV={folder / 'venv'}", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # The process has a group of its own, so that it gets Ctrl-C as in a terminal.
        start_new_session=True,
    )


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def broken_python(tmp_path: Path) -> Path:
    """Write a Python whose module venv fails halfway."""
    body = f'[ "$2" = venv ] || exec {sys.executable} "$@"; mkdir -p "$3/bin"; exit 1'
    return program(tmp_path / "python", body)


def test_a_failing_venv_leaves_nothing_behind(
    tmp_path: Path, broken_python: Path
) -> None:
    process = make(tmp_path, PYTHON=broken_python)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert not (tmp_path / "venv").exists()


def test_a_failing_venv_keeps_the_folder_that_was_there(
    tmp_path: Path, broken_python: Path
) -> None:
    kept = program(tmp_path / "venv" / "bin" / "mine", "true")
    process = make(tmp_path, PYTHON=broken_python)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert kept.exists()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Make a folder in which everything is installed already."""
    program(tmp_path / "venv" / "bin" / "python", f'exec {sys.executable} "$@"')
    stamp = tmp_path / "venv" / ".demo"
    stamp.touch()
    return tmp_path


def test_ctrl_c_is_no_error(installed: Path) -> None:
    process = make(installed, PORT=0, DEMO_DATABASE=installed / "demo.sqlite3")
    assert process.stdout
    for line in process.stdout:
        if "takes about half a minute" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert "The next start goes on there." in out, errors
    assert "make" not in errors
    assert "Traceback" not in errors


def test_a_folder_that_cannot_be_written(installed: Path) -> None:
    database = installed / "missing" / "demo.sqlite3"
    process = make(installed, PORT=0, DEMO_DATABASE=database)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert f"The database {database} cannot be written." in errors
    assert "DEMO_DATABASE=" in errors
    assert "Traceback" not in errors
