"""Runs one command beside each of several engines, some of them at the same time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic

#: The placeholders in a command: the name of the engine, and its arguments of pytest.
ENGINE, TESTS = "{engine}", "{tests}"
#: Two engines are enough for two processors: each has a server and a client.
LANES = min(2, os.cpu_count() or 1)


class Lanes:
    """The running processes, so that all of them can be ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: set[subprocess.Popen[bytes]] = set()
        self.is_open = True
        self.lock = Lock()

    def run(self, name: str, command: Sequence[str]) -> int:
        """Print the output of `command` in one piece, after it has ended."""
        begun, output = monotonic(), self.folder / name
        with output.open("wb") as file:
            if (process := self.start(command, file.fileno())) is None:
                return 1
            print(f"{name}: running", flush=True)
            status = process.wait()
        with self.lock:
            self.running.discard(process)
            sys.stdout.buffer.write(output.read_bytes())
            result = f"status {status}" if status else "passed"
            print(f"{name}: {result}, {monotonic() - begun:.0f} s", flush=True)
        return status

    def start(
        self, command: Sequence[str], output: int
    ) -> subprocess.Popen[bytes] | None:
        with self.lock:
            if not self.is_open:
                return None
            process = subprocess.Popen(command, stdout=output, stderr=output)
            self.running.add(process)
            return process

    def close(self) -> None:
        with self.lock:
            self.is_open = False
            for process in self.running:
                process.send_signal(signal.SIGTERM)


def run_each(commands: dict[str, list[str]], lanes: int = LANES) -> int:
    """Return the number of engines that failed."""
    with (
        TemporaryDirectory(prefix="sequere-lanes-") as folder,
        ThreadPoolExecutor(lanes) as pool,
    ):
        each = Lanes(Path(folder))
        runs = [pool.submit(each.run, name, words) for name, words in commands.items()]
        try:
            return sum(run.result() != 0 for run in runs)
        finally:
            each.close()


def fill(command: Sequence[str], engine: str, tests: Sequence[str]) -> list[str]:
    """Return `command` with the engine's name and tests filled in."""
    words: list[str] = []
    for word in command:
        words += tests if word == TESTS else [word.replace(ENGINE, engine)]
    return words
