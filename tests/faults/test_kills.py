"""Processes that are killed at any moment leave whole edges, and go on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sequere.backends.simple import SimpleBackend
from sequere.questions import Counts
from sequere.testing.base import effort
from sequere.types import Ref
from tests.engines.base import Server
from tests.faults.databases import configured, run, server_entry
from tests.faults.load import problems_of
from tests.faults.victim import SIZE
from tests.settings import ENGINE, SERVER

#: The packages of tests and of the site are found there, from any folder.
ROOT = Path(__file__).parents[2]
KILLS = 4 * effort()
COMMANDS = 2 * effort()
ROWS = 6000
#: The sign of a command that has made a step.
PROGRESS = "--resume"
IS_SQLITE = ENGINE not in ("postgresql", "mariadb")

pytestmark = pytest.mark.skipif(
    ENGINE not in ("sqlite", "postgresql", "mariadb"), reason="SQL databases"
)


class Site:
    """A site in processes of its own, with two databases that outlive them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        name = f"killed_{uuid4().hex[:8]}"
        self.name = str(folder / name) if IS_SQLITE else name
        self.chance = random.Random(14)
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.site_settings",
            "SEQUERE_KILLED": self.name,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "PYTHONUNBUFFERED": "1",
            # Dead processes do not remove their folders.
            "TMPDIR": str(folder),
        }

    @property
    def names(self) -> tuple[str, str]:
        return self.name, f"{self.name}_second"

    def entry(self, name: str) -> dict[str, Any]:
        if IS_SQLITE:
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
        port = int(SERVER["PORT"])
        server = Server(SERVER["HOST"], port, SERVER["USER"], SERVER["PASSWORD"])
        return server_entry(server, name=name)

    def on_server(self, *statements: str) -> None:
        if not IS_SQLITE:
            home = {"postgresql": "postgres", "mariadb": "mysql"}[ENGINE]
            with configured(self.entry(home)):
                for each in statements:
                    run(each)

    def create(self) -> None:
        self.on_server(*(f"CREATE DATABASE {name}" for name in self.names))

    def drop(self) -> None:
        self.on_server(*(f"DROP DATABASE {name}" for name in self.names))

    def wait_for_sessions(self) -> None:
        """Wait until PostgreSQL has ended the sessions of processes that are dead.

        It finishes the statement first, and a COMMIT that was sent may still succeed.
        """
        if ENGINE == "postgresql":
            sessions = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{self.name}'"
            with configured(self.entry("postgres")):
                while run(sessions):
                    time.sleep(0.01)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            # Progress is on stderr.
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, *arguments: str) -> str:
        process = self.start("django", *arguments)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        return said

    def kill(self, process: subprocess.Popen[str], longest: float) -> str:
        """Kill it within `longest` seconds, and return what it had said."""
        time.sleep(self.chance.random() * longest)
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said
        return said

    def kill_command(self, sign: str, *arguments: str) -> bool:
        """Kill a command when it has said `sign`. Return whether it was faster."""
        process = self.start("django", *arguments)
        assert process.stdout
        said = ""
        while sign not in said and (letter := process.stdout.read(1)):
            said += letter
        self.kill(process, 0.3)
        return process.returncode == 0

    def kill_victim(self, work: str, start: int) -> list[int]:
        """Kill a process amid its work. Return the rounds that it acknowledged."""
        process = self.start("tests.faults.victim", work, str(start))
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        # Every other one has made a round.
        said = process.stdout.readline() if start % 2 else ""
        return [int(line) for line in (said + self.kill(process, 0.5)).split()]


@contextmanager
def new_site(folder: Path, blocker: Any) -> Iterator[Site]:
    found = Site(folder)
    with blocker.unblock():
        found.create()
        try:
            yield found
        finally:
            found.drop()


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Site]:
    with new_site(tmp_path_factory.mktemp("site"), django_db_blocker) as found:
        for alias in ("default", "second"):
            found.call("migrate", "sequere", "-v0", f"--database={alias}")
        yield found


@pytest.fixture(autouse=True)
def _empty(site: Site) -> None:
    for name in site.names:
        with configured(site.entry(name)) as backend:
            backend.clear()


def test_writes_that_are_killed_are_whole_or_not_there(site: Site) -> None:
    """Add, archive, restore, forget, block, unblock, remove and accept."""
    rounds = 0
    for number in range(KILLS):
        start = 1001 * number
        acknowledged = site.kill_victim("writes", start)
        with configured(site.entry(site.name)) as backend:
            assert problems_of(backend) == []
            # Each round made a star with all fans, and forgot nine fans at most.
            counted = followers(backend, [f"new-{each}" for each in acknowledged])
            assert set(counted.values()) <= {SIZE, SIZE - 9}
        rounds += len(acknowledged)
    print("kills", KILLS, "rounds", rounds)


def followers(backend: SimpleBackend, names: list[str]) -> dict[Ref, int]:
    stars = [Ref("star", name) for name in names]
    return backend.ask(Counts("follow", stars, "followers"))


def test_a_repair_that_is_killed_is_repeated(site: Site) -> None:
    for number in range(effort()):
        site.kill_victim("repair", 2 * number + 1)
    with configured(site.entry(site.name)) as backend:
        problems_of(backend, mends=True)
        assert problems_of(backend) == []
        assert followers(backend, ["0"]) == {Ref("star", "0"): SIZE}


def test_an_import_and_a_copy_that_are_killed_go_on(site: Site) -> None:
    """A command that is called again leaves out the edges that are there."""
    (site.folder / "in.jsonl").write_text("".join(map(row, range(ROWS))))
    load = "sequere_import", "in.jsonl"
    copy = "sequere_copy", "default", "second", "--replace"
    done = 0
    for command in (load, copy):
        for _ in range(COMMANDS):
            done += site.kill_command(PROGRESS, *command, "-v2", "--pause=0.1")
        site.call(*command)
    for name in site.names:
        with configured(site.entry(name)) as backend:
            assert problems_of(backend) == []
            assert sum(followers(backend, ["0", "1", "2"]).values()) == ROWS
    print("import and copy", 2 * COMMANDS - done, "of", 2 * COMMANDS)


def row(number: int) -> str:
    edge = {
        "from_identifier": "fan",
        "from_object_id": str(number),
        "to_identifier": "star",
        "to_object_id": str(number % 3),
        "created": f"2020-05-17T12:00:00.{number:06}+00:00",
    }
    return f"{json.dumps(edge)}\n"


@pytest.mark.skipif(ENGINE == "mariadb", reason="its DDL commits each statement")
def test_a_migration_that_is_killed_is_repeated(
    tmp_path: Path, django_db_blocker: Any
) -> None:
    with new_site(tmp_path, django_db_blocker) as site:
        done = 0
        for _ in range(COMMANDS):
            if site.kill_command("Applying", "migrate", "sequere"):
                done += 1
                site.call("migrate", "sequere", "zero", "-v0")
            site.wait_for_sessions()
        site.call("migrate", "sequere", "-v0")
        (tmp_path / "in.jsonl").write_text(row(1))
        site.call("sequere_import", "in.jsonl")
        with configured(site.entry(site.name)) as backend:
            assert followers(backend, ["1"]) == {Ref("star", "1"): 1}
            assert problems_of(backend) == []
            assert backend.check(databases=["faults"]) == []
        print("migrations", COMMANDS - done, "of", COMMANDS)
