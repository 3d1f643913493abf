"""The referee's end of the pipe to a contender's process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from benchmarks.contenders.base import Contender

ROOT = Path(__file__).parent.parent


class Failed(Exception):
    """A contender could not do the requested work. The message says why."""


class Process(AbstractContextManager["Process"]):
    def __init__(self, contender: type[Contender], python: str) -> None:
        self.contender = contender
        self.name = contender.name
        self.python = python
        #: The verbs that the contender has, and that have not failed.
        self.verbs: set[str] = set()
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [self.python, "-m", "benchmarks.contestant"],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def environment(self) -> dict[str, str]:
        found = os.environ | {
            "SEQUERE_CONTENDER": self.name,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        }
        if self.python != sys.executable:
            # The variable would add packages of this environment to that of the
            # contender.
            found.pop("PYTHONPATH", None)
        return found

    def __exit__(self, *args: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        try:
            stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failed("the process ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer
