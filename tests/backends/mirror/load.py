"""Processes that write to a mirrored site, and servers that fail."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from sequere.backends.redis import RedisBackend
from sequere.handler import get_backend
from sequere.times import to_microseconds
from tests.backends.mirror.cases import MirrorCase
from tests.docs.blocks import ROOT

WRITERS = 8


class LoadCase(MirrorCase):
    """Writers in processes of their own, which tell their writes to files."""

    def setUp(self) -> None:
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="sequere-"))
        super().setUp()

    # Processes

    def environment(self, default: str) -> dict[str, str]:
        database = {
            key: value
            for key, value in connection.settings_dict.items()
            if key in ("ENGINE", "HOST", "PORT", "USER", "PASSWORD", "OPTIONS")
        }
        database["NAME"] = str(connection.settings_dict["NAME"])
        entries = json.loads(json.dumps(self.entries))
        for alias, entry in entries.items():
            backend = get_backend(alias)
            if isinstance(backend, RedisBackend):
                # A paused server costs a writer this long, and not a minute.
                entry["OPTIONS"]["timeout"] = 0.5
                # The prefix that tests have: other processes are not in a test.
                entry["OPTIONS"]["prefix"] = backend.keyspaces.current().prefix
        entries["default"] = entries[default]
        site = {"database": database, "backends": entries}
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.backends.mirror.site",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "SEQUERE_TEST_SITE": json.dumps(site),
        }

    def start_process(
        self, *arguments: str, default: str = "default"
    ) -> subprocess.Popen[str]:
        """Start a process in which another alias may stand for `default`."""
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=self.environment(default),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(self.end, process)
        return process

    def end(self, process: subprocess.Popen[str]) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate()

    def start_writers(
        self,
        numbers: Iterable[int] = range(WRITERS),
        *,
        deaths: int = 0,
        rest: float = 0,
        default: str = "default",
    ) -> list[subprocess.Popen[str]]:
        seed = random.randrange(10**6)
        settings = {"deaths": deaths, "rest": rest, "folder": self.folder, "seed": seed}
        return [
            self.start_process(
                "tests.backends.mirror.mortals",
                json.dumps({"number": number, **settings}),
                default=default,
            )
            for number in numbers
        ]

    def stop(self, writers: list[subprocess.Popen[str]]) -> None:
        for writer in writers:
            writer.send_signal(signal.SIGTERM)
        self.finish(writers)

    def finish(self, writers: list[subprocess.Popen[str]]) -> None:
        for writer in writers:
            output, _ = writer.communicate(timeout=600)
            self.assertEqual(writer.returncode, 0, output + self.wrong_reads())

    def wrong_reads(self) -> str:
        logs = Path(self.folder).glob("writer-*.jsonl")
        lines = (line for path in logs for line in path.read_text().splitlines())
        return "\n".join(line for line in lines if "wrong read" in line)

    def command(
        self, name: str, *arguments: str, default: str = "default", codes: Any = (0,)
    ) -> None:
        process = self.start_process("django", name, *arguments, default=default)
        output, _ = process.communicate(timeout=600)
        self.assertIn(process.returncode, codes, output)

    @contextmanager
    def watched(self, default: str = "default") -> Iterator[None]:
        """The writers go on beside `sequere_mirror drain --watch`."""
        watch = "django", "sequere_mirror", "drain", "--watch"
        process = self.start_process(*watch, default=default)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 143, output)

    # What must be there

    def assert_nothing_is_lost(self, alias: str) -> None:
        stored = {
            f"{edge.relation} {edge.source} {edge.target}": [
                to_microseconds(edge.created),
                edge.state,
                edge.level,
            ]
            for edges in get_backend(alias).scan()
            for edge in edges
        }
        known = 0
        for path in Path(self.folder).glob("writer-*.jsonl"):
            done: dict[str, Any] = {}
            for line in path.read_text().splitlines():
                what, name, content = json.loads(line)
                if what == "begin":
                    before = done.pop(name, ...)
                elif what == "done":
                    done[name] = content
                elif before is not ...:
                    done[name] = before
            for name, content in done.items():
                self.assertEqual(stored.get(name), content, name)
            known += len(done)
        self.assertGreater(known, WRITERS)
