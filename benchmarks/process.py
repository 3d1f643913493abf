"""The referee's end of a contender's process."""

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
    """A contender could not do what it was asked for; the message says why."""


class Process(AbstractContextManager["Process"]):
    def __init__(self, contender: type[Contender], python: str) -> None:
        self.contender = contender
        self.name = contender.name
        self.python = python
        #: Verbs that it has, and that did not fail yet.
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
            # It leads to packages of this environment, not of the contender's own.
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
