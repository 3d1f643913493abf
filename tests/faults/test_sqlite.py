"""SQLite: the disk is full, and the file is locked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from sequere.backends.simple import SimpleBackend
from sequere.exceptions import SQLBackendError, SQLBackendUnavailable
from sequere.questions import Add, Counts, Remove
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, effort
from sequere.types import Edge, Pair, Ref
from tests.faults.databases import ALIAS, configured, migrate, recover, run
from tests.faults.load import Load, problems_of
from tests.settings import ENGINE

pytestmark = pytest.mark.skipif(ENGINE != "sqlite", reason="the same on every engine")

TIMES = 4 * effort()
STAR = Ref("star", "0")
FULL = "PRAGMA max_page_count = 1"
ROOM = "PRAGMA max_page_count = 1000000"


@pytest.fixture(params=["DELETE", "WAL"])
def backend(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> Iterator[SimpleBackend]:
    entry = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": tmp_path / "site.sqlite3",
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": f"PRAGMA journal_mode = {request.param}",
        },
    }
    with django_db_blocker.unblock(), configured(entry) as found:
        migrate()
        yield found


def follows(name: str, count: int) -> list[Edge]:
    fans = [Ref("fan", f"{name}-{number}") for number in range(count)]
    return [Edge(FOLLOW.name, fan, STAR, NOON) for fan in fans]


def test_a_disk_that_is_full(backend: SimpleBackend) -> None:
    """SQLite takes a limit of pages as it takes the end of a disk: SQLITE_FULL."""
    stored = refused = 0
    for number in range(TIMES):
        # The limit becomes the present size of the file.
        run(FULL)
        while refused <= number:
            try:
                stored += len(backend.ask(Add(follows(f"{number}-{stored}", 200))))
            except SQLBackendUnavailable:
                raise
            except SQLBackendError:
                refused += 1
        assert count(backend) == stored
        assert problems_of(backend) == []
        # Removing makes room, and is possible.
        edges = follows(f"{number}-0", 1)
        gone = backend.ask(Remove(FOLLOW.name, [Pair(edges[0].source, STAR)]))
        stored -= len(gone)
        run(ROOM)
        stored += len(backend.ask(Add(follows(f"again-{number}", 200))))
        assert count(backend) == stored
    assert problems_of(backend) == []
    print("full", refused, "stored", stored)


def count(backend: SimpleBackend) -> int:
    return backend.ask(Counts(FOLLOW.name, [STAR], "followers"))[STAR]


def test_a_file_that_is_locked(backend: SimpleBackend) -> None:
    # Of the threads: this thread has a connection.
    run("SELECT 1")
    connections.settings[ALIAS]["OPTIONS"]["timeout"] = 0.01
    with Load(lambda: backend, recover) as load:
        for _ in range(TIMES):
            load.wait_for(20)
            run("BEGIN IMMEDIATE")
            try:
                load.wait_for_errors(4)
            finally:
                run("ROLLBACK")
    assert load.errors.keys() == {"SQLBackendUnavailable"}
    assert load.check(backend) == []
    print("locked", TIMES, load.done, load.errors)
