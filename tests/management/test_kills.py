"""Commands that are killed lose nothing, and go on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import pytest

from tests.settings import ENGINE

#: Subprocesses run in other folders, and find the package `tests` here.
ROOT = Path(__file__).parents[2]
COUNT = 12_000
#: The pause between two steps, for each signal. SIGKILL may meet a step; the other
#: signals must not arrive after the command has finished.
SIGNALS = {signal.SIGKILL: 0.05, signal.SIGINT: 3, signal.SIGTERM: 3}
#: The exit codes of a process that ends by itself.
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}

pytestmark = pytest.mark.skipif(ENGINE != "sqlite", reason="has a database of its own")


class Site:
    """A site in processes of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.management.killed_settings",
            "SEQUERE_KILLED": str(folder / "site.sqlite3"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "PYTHONUNBUFFERED": "1",
        }
        self.signals = cycle(SIGNALS)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "django", *arguments],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str) -> str:
        process = self.start(*arguments)
        stdout, stderr = process.communicate()
        assert process.returncode == 0, stderr
        return stdout

    def end(self, *arguments: str) -> str | None:
        """End a command while it runs. Return the place of its last line, or None if
        the command was faster.
        """
        number = next(self.signals)
        process = self.start(*arguments, "-v2", f"--pause={SIGNALS[number]}")
        assert process.stderr
        place = None
        for line in process.stderr:
            if "--resume" in line:
                place = line.partition("--resume ")[2].strip().strip("'")
                break
        if place is None:
            process.communicate()
            return None
        # The command may be anywhere in its next steps when the signal arrives.
        time.sleep(random.random() / 5)
        process.send_signal(number)
        _, rest = process.communicate()
        if process.returncode == 0:
            return None
        assert process.returncode in (-number, CODES.get(number)), rest
        for line in rest.splitlines():
            if "--resume" in line:
                place = line.partition("--resume ")[2].strip().strip("'")
        return place

    def has_exported(self, command: str, *arguments: str) -> bool:
        return command == "sequere_export" and (self.folder / arguments[0]).exists()

    def end_often(self, *arguments: str) -> None:
        """End the command twice, then let it resume and run to its end."""
        resume: list[str] = []
        for _ in range(2):
            place = self.end(*arguments, *resume)
            if place is None or self.has_exported(*arguments):
                return
            resume = [f"--resume={place}"]
        self.call(*arguments, *resume)


def test_killed_commands_go_on(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.call("migrate", "--verbosity=0")
    rows: list[dict[str, str | int]] = [
        {
            "from_identifier": "fan",
            "from_object_id": str(number),
            "to_identifier": "star",
            "to_object_id": str(number % 3),
            "created": f"2020-05-17T12:00:00.{number:06}+00:00",
            "relation": "follow",
            "state": number % 8,
            "level": number % 100,
        }
        for number in range(COUNT)
    ]
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    site.end_often("sequere_import", "in.jsonl")
    site.end_often("sequere_export", "out.csv.gz")
    assert not (tmp_path / "out.csv.gz.part").exists()
    site.call("sequere_export", "out.jsonl")
    assert exported(tmp_path / "out.jsonl") == sorted(map(key, rows))
    again = json.loads(
        site.call("sequere_import", "out.csv.gz", "--dry-run", "--format=json")
    )
    assert (again["rows"], again["refused"]) == (COUNT, 0)
    site.end_often("sequere_rename_ref", "star:1", "star:7")
    site.call("sequere_export", "renamed.jsonl")
    for row in rows:
        if row["to_object_id"] == "1":
            row["to_object_id"] = "7"
    assert exported(tmp_path / "renamed.jsonl") == sorted(map(key, rows))


Key = tuple[tuple[str, str | int], ...]


def key(row: dict[str, str | int]) -> Key:
    return tuple(sorted(row.items()))


def exported(path: Path) -> list[Key]:
    return sorted(key(json.loads(line)) for line in path.read_text().splitlines())
