"""Eight writers, while everything around them fails; then a swap, and a swap back."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection
from redis import Redis, RedisError

from sequere.backends.mirror.rebuilding import repair
from sequere.backends.mirror.settling import drain
from sequere.backends.mirror.swapping import LONGEST_ROLE
from sequere.handler import get_backend
from sequere.testing.base import effort
from sequere.times import to_microseconds
from tests.backends.mirror.cases import MirrorCase, redis_server, start
from tests.docs.blocks import ROOT

WRITERS = 8
#: Deaths of each writer.
DEATHS = 4


class LoadTests(MirrorCase):
    def url(self) -> str:
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="sequere-"))
        self.data = self.enterContext(tempfile.TemporaryDirectory(prefix="sequere-"))
        self.running = redis_server(self.data)
        self.address = self.running.__enter__()
        return self.address

    def tearDown(self) -> None:
        self.running.__exit__(None, None, None)
        super().tearDown()

    # Processes

    def environment(self) -> dict[str, str]:
        database = {
            key: value
            for key, value in connection.settings_dict.items()
            if key in ("ENGINE", "HOST", "PORT", "USER", "PASSWORD", "OPTIONS")
        }
        database["NAME"] = str(connection.settings_dict["NAME"])
        entries = json.loads(json.dumps(self.entries))
        # A paused server costs a writer this long, and not a minute.
        entries["redis"]["OPTIONS"]["timeout"] = 0.5
        # The prefix that tests have: other processes are not in a test.
        prefix = self.store.mirror.keyspaces.current().prefix
        entries["redis"]["OPTIONS"]["prefix"] = prefix
        site = {"database": database, "backends": entries}
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.backends.mirror.site",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "SEQUERE_TEST_SITE": json.dumps(site),
        }

    def start_process(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=self.environment(),
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

    def start_writers(self, deaths: int) -> list[subprocess.Popen[str]]:
        seed = random.randrange(10**6)
        settings = {"deaths": deaths, "folder": self.folder, "seed": seed}
        return [
            self.start_process(
                "tests.backends.mirror.mortals",
                json.dumps({"number": number, **settings}),
            )
            for number in range(WRITERS)
        ]

    def finish(self, writers: list[subprocess.Popen[str]]) -> None:
        for writer in writers:
            output, _ = writer.communicate(timeout=600)
            self.assertEqual(writer.returncode, 0, output + self.wrong_reads())

    def wrong_reads(self) -> str:
        logs = Path(self.folder).glob("writer-*.jsonl")
        lines = (line for path in logs for line in path.read_text().splitlines())
        return "\n".join(line for line in lines if "wrong read" in line)

    def command(self, *arguments: str) -> None:
        process = self.start_process("django", "sequere_mirror", *arguments)
        output, _ = process.communicate(timeout=600)
        self.assertEqual(process.returncode, 0, output)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """The writers go on beside `sequere_mirror drain --watch`."""
        process = self.start_process("django", "sequere_mirror", "drain", "--watch")
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 143, output)

    # Faults of the mirror

    def lag(self) -> None:
        with suppress(RedisError), Redis.from_url(self.address) as client:
            client.execute_command("CLIENT", "PAUSE", 300)

    def pause(self) -> None:
        with suppress(RedisError), Redis.from_url(self.address) as client:
            process = client.info("server")["process_id"]
            os.kill(process, signal.SIGSTOP)
            time.sleep(1)
            os.kill(process, signal.SIGCONT)

    def kill(self) -> None:
        with suppress(RedisError), Redis.from_url(self.address) as client:
            os.kill(client.info("server")["process_id"], signal.SIGKILL)
        time.sleep(0.5)
        self.running.__exit__(None, None, None)
        self.running = redis_server(self.data)
        self.running.__enter__()

    def disturb(self, writers: list[subprocess.Popen[str]]) -> None:
        while any(writer.poll() is None for writer in writers):
            random.choice((self.lag, self.pause, self.kill))()
            time.sleep(random.random() * 2)

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

    def settle_all(self) -> None:
        start(self.sides) if self.needs_rebuild() else None
        while self.sides.journal.left().intents:
            for _ in drain(self.sides):
                pass

    def needs_rebuild(self) -> bool:
        stage = self.sides.mirror.stage()
        return not stage or stage["stage"] != "ready"

    def test_writers_die_and_the_mirror_fails(self) -> None:
        writers = self.start_writers(DEATHS * effort())
        with self.watched():
            self.disturb(writers)
            self.finish(writers)
        self.settle_all()
        self.assert_nothing_is_lost("sql")
        self.assert_equal()
        self.assertEqual(sum(step.mended for step in repair(self.sides)), 0)

    def test_a_swap_and_a_swap_back_beside_writers(self) -> None:
        with self.watched():
            writers = self.start_writers(0)
            time.sleep(3)
            self.command("swap")
            time.sleep(LONGEST_ROLE)
            moved = self.edges("redis")
            time.sleep(1)
            self.assertNotEqual(self.edges("redis"), moved)
            self.command("swap-back")
            time.sleep(2)
            Path(self.folder, "stop").touch()
            self.finish(writers)
        self.settle_all()
        self.assert_nothing_is_lost("sql")
        self.assert_nothing_is_lost("redis")
        self.assert_equal()
