"""The referee's end of the pipe to a process that it asks for work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from benchmarks.contenders.base import Contender

ROOT = Path(__file__).parent.parent


class Failed(Exception):
    """A process could not do the requested work. The message says why."""


class Child:
    """A process that runs a module, and answers a line of JSON with another line."""

    def __init__(self, name: str, module: str, python: str, **variables: str) -> None:
        self.name, self.module, self.python = name, module, python
        self.variables = variables

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [self.python, "-m", self.module],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def environment(self) -> dict[str, str]:
        found = os.environ | self.variables
        if self.python != sys.executable:
            # The variable would add packages of this environment to that of the
            # process.
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


class Process(Child):
    """The process of a contender."""

    def __init__(self, contender: type[Contender], python: str) -> None:
        super().__init__(
            contender.name,
            "benchmarks.contestant",
            python,
            SEQUERE_CONTENDER=contender.name,
            DJANGO_SETTINGS_MODULE="benchmarks.settings",
        )
        self.contender = contender
        #: The verbs that the contender has, and that have not failed.
        self.verbs: set[str] = set()
        self.facts: dict[str, Any] = {}
