"""PostgreSQL and MariaDB under load: processes are killed, and connections cut."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from django.db.utils import Error

from sequere.backends.simple import SimpleBackend
from sequere.exceptions import SQLBackendUnavailable
from sequere.questions import Add, Contains
from sequere.relations import FOLLOW
from sequere.testing.base import effort
from sequere.types import Edge, Ref
from tests.engines.mariadb import MariaDB
from tests.engines.postgresql import PostgreSQL
from tests.engines.processes import Prepared
from tests.faults import databases
from tests.faults.databases import configured, recover, run, server_entry
from tests.faults.load import Load, wait
from tests.faults.proxy import Proxy
from tests.settings import ENGINE

pytestmark = pytest.mark.skipif(
    ENGINE not in ("postgresql", "mariadb"),
    reason="run `python -m tests.engines run postgresql -- pytest`, or mariadb",
)

KILLS = 12 * effort()
CUTS = 40 * effort()
RESTARTS = 2 * effort()
#: Of one connection, in both directions: some hundred statements at most.
LONGEST = 60_000
NAME = {"postgresql": "postgres", "mariadb": "sequere_faults"}.get(ENGINE, "")
OTHERS = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    "mariadb": "SELECT id FROM information_schema.processlist "
    "WHERE user = 'sequere' AND id <> connection_id()",
}
ONE = (
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
    "AND pid <> pg_backend_pid() LIMIT 1"
)
FIRST = Contains(FOLLOW.name, Ref("fan", "0-0"), Ref("star", "0"))


@pytest.fixture(scope="module")
def prepared() -> Iterator[Prepared]:
    engine = PostgreSQL() if ENGINE == "postgresql" else MariaDB()
    # Not below pytest's own folder, which the server's user may not enter.
    with tempfile.TemporaryDirectory(prefix="sequere-") as folder:
        yield engine.prepare(Path(folder), durable=True)


@pytest.fixture(autouse=True)
def _unblocked(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@contextmanager
def site(prepared: Prepared, port: int | None = None) -> Iterator[Any]:
    if ENGINE == "mariadb":
        with configured(server_entry(prepared.server, name="mysql")):
            run(f"CREATE DATABASE IF NOT EXISTS {NAME} CHARACTER SET utf8mb4")
    with configured(server_entry(prepared.server, name=NAME)) as backend:
        databases.migrate()
        backend.clear()
    with configured(server_entry(prepared.server, name=NAME, port=port)) as backend:
        yield backend


def kill_others() -> None:
    """End the connections of all other threads, whatever they do."""
    with suppress(Error):
        for [number] in run(OTHERS[ENGINE]):
            if ENGINE == "mariadb":
                with suppress(Error):
                    run(f"KILL {number}")


def test_connections_are_killed(prepared: Prepared) -> None:
    with prepared.running(), site(prepared) as backend:
        with Load(lambda: backend, recover) as load:
            load.wait_for(200)
            for _ in range(KILLS):
                kill_others()
                load.wait_for(20)
        assert "SQLBackendUnavailable" in load.errors
        assert load.check(backend) == []
        print("kills", KILLS, load.done, load.errors)


def test_connections_are_cut_in_statements(prepared: Prepared) -> None:
    """Connections break at any byte of a statement or of its answer."""
    assert prepared.server.port
    with (
        prepared.running(),
        Proxy(prepared.server.port, LONGEST, seed=14) as proxy,
        site(prepared, proxy.port) as backend,
    ):
        with Load(lambda: backend, recover) as load:
            proxy.is_cutting = True
            while proxy.dropped < CUTS and not load.strangers:
                load.wait_for(10)
            proxy.is_cutting = False
            recover()
        assert "SQLBackendUnavailable" in load.errors
        recover()
        assert load.check(backend) == []
        print("cuts", proxy.dropped, load.done, load.errors)


class Running:
    """A server that is started again and again."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared

    def __enter__(self) -> Running:
        self.context = self.prepared.running()
        self.process = self.context.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.context.__exit__(None, None, None)

    def restart(self, *, kills: bool) -> None:
        if kills:
            os.killpg(self.process, signal.SIGKILL)
        self.__exit__()
        self.__enter__()


def test_a_server_is_killed_and_started_again(prepared: Prepared) -> None:
    """The server ends all its processes at once, or in order."""
    with Running(prepared) as server, site(prepared) as backend:
        with Load(lambda: backend, recover) as load:
            for number in range(RESTARTS):
                load.wait_for(200)
                # tests.engines never ends MariaDB in order.
                server.restart(kills=ENGINE == "mariadb" or number % 2 == 0)
            load.wait_for(200)
        assert load.errors.keys() <= {"SQLBackendUnavailable", "SQLBackendError"}
        recover()
        assert load.check(backend) == []
        print("restarts", RESTARTS, load.done, load.errors)


@pytest.mark.skipif(ENGINE != "postgresql", reason="has one process")
def test_a_process_of_the_server_crashes(prepared: Prepared) -> None:
    """PostgreSQL ends all connections then, and recovers from its log."""
    with prepared.running(), site(prepared) as backend:
        with Load(lambda: backend, recover) as load:
            for _ in range(RESTARTS):
                load.wait_for(200)
                [[number]] = run(ONE)
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
                load.wait_for(20)
                recover_at_last()
        assert load.check(backend) == []
        print("crashes", RESTARTS, load.done, load.errors)


def recover_at_last() -> None:
    """Wait until the server takes connections again."""

    def answers() -> bool:
        recover()
        with suppress(Error):
            return bool(run("SELECT 1"))
        return False

    wait(answers)


def test_an_open_transaction_is_lost_whole(prepared: Prepared) -> None:
    """The connection dies between two writes of a transaction."""
    with prepared.running(), site(prepared) as backend:
        with pytest.raises(SQLBackendUnavailable):
            two_follows(backend)
        recover()
        assert not backend.ask(FIRST)
        backend.ask(follow_of(0))
        assert backend.ask(FIRST)


def two_follows(backend: SimpleBackend) -> None:
    with backend.atomic():
        backend.ask(follow_of(0))
        kill_me()
        backend.ask(follow_of(1))


def follow_of(number: int) -> Add:
    ends = FIRST.source, Ref("star", str(number))
    return Add([Edge(FOLLOW.name, *ends, datetime.now(UTC))])


def kill_me() -> None:
    """End the connection of this thread from another one."""
    thread = Thread(target=kill_and_close)
    thread.start()
    thread.join()


def kill_and_close() -> None:
    kill_others()
    connections.close_all()
