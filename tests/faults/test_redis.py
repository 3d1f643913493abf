"""Redis: memory that is full, connections that break, servers that pause or die."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from sequere.backends.redis import RedisBackend
from sequere.exceptions import BackendError
from sequere.questions import Add, Counts
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, effort
from sequere.types import Edge, Ref
from tests.backends.redis.audit import audit
from tests.backends.redis.cases import own_server, replica_of
from tests.backends.redis.servers import IS_CLUSTER, PATIENCE, needs_server
from tests.engines.redis import Node, _node, find_any
from tests.faults.load import Load, problems_of, wait
from tests.faults.proxy import Proxy

pytestmark = [
    needs_server,
    pytest.mark.skipif(IS_CLUSTER, reason="see tests/backends/redis/test_cluster.py"),
]

CUTS = 40 * effort()
PAUSES = 4 * effort()
RESTARTS = 3 * effort()
LONGEST = 30_000
STARS = [Ref("star", str(number)) for number in range(10)]


def nothing() -> None:
    """The driver makes new connections by itself."""


def backend_at(url: str, **options: Any) -> RedisBackend:
    patient = {"timeout": PATIENCE, "queue_timeout": PATIENCE}
    return RedisBackend("default", location=url, **patient | options)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def checked(load: Load, backend: RedisBackend) -> None:
    assert load.check(backend) == []
    assert audit(backend) == set()


def test_connections_are_cut_in_statements() -> None:
    """Connections break at any byte of a script or of its answer."""
    with own_server() as url, Proxy(port_of(url), LONGEST, seed=14) as proxy:
        behind = backend_at(f"redis://127.0.0.1:{proxy.port}/0")
        with Load(lambda: behind, nothing) as load:
            proxy.is_cutting = True
            while proxy.dropped < CUTS and not load.strangers:
                load.wait_for(10)
            proxy.is_cutting = False
        print("cuts", proxy.dropped, load.done, load.errors)
        assert load.errors.keys() == {"BackendUnavailable"}
        checked(load, behind)


def test_a_server_that_pauses() -> None:
    """Calls that wait too long fail, and the writes may be done later."""
    with own_server() as url, Redis.from_url(url) as client:
        backend = backend_at(url, timeout=0.3)
        with Load(lambda: backend, nothing) as load:
            for _ in range(PAUSES):
                load.wait_for(50)
                client.client_pause(1500)
                load.wait_for_errors(1)
        print("paused", PAUSES, load.done, load.errors)
        assert load.errors.keys() == {"BackendUnavailable"}
        checked(load, backend_at(url))


def test_a_process_that_stands_still() -> None:
    """The server accepts connections and does not answer, as a busy machine does."""
    with node() as server:
        backend = backend_at(server.url, timeout=0.3)
        with Load(lambda: backend, nothing) as load:
            for _ in range(PAUSES):
                load.wait_for(50)
                os.kill(server.process, signal.SIGSTOP)
                try:
                    load.wait_for_errors(1)
                finally:
                    os.kill(server.process, signal.SIGCONT)
        print("stopped", PAUSES, load.done, load.errors)
        assert load.errors.keys() == {"BackendUnavailable"}
        checked(load, backend_at(server.url))


@contextmanager
def node(*settings: str) -> Iterator[Node]:
    with (
        tempfile.TemporaryDirectory(prefix="sequere-") as folder,
        _node(Path(folder), find_any(), "--save", "", *settings) as found,
    ):
        yield found


def test_a_server_is_killed_and_started_again() -> None:
    """A server that writes its log before it answers keeps its word."""
    durable = "--appendonly", "yes", "--appendfsync", "always"
    with tempfile.TemporaryDirectory(prefix="sequere-") as folder:
        start = Path(folder), find_any(), *durable
        server = _node(*start)
        found = server.__enter__()
        backend = backend_at(found.url)
        try:
            with Load(lambda: backend, nothing) as load:
                for _ in range(RESTARTS):
                    load.wait_for(200)
                    os.kill(found.process, signal.SIGKILL)
                    server.__exit__(None, None, None)
                    server = _node(*start)
                    found = server.__enter__()
                load.wait_for(200)
            print("restarts", RESTARTS, load.done, load.errors)
            assert load.errors.keys() == {"BackendUnavailable"}
            checked(load, backend)
        finally:
            server.__exit__(None, None, None)


def test_a_server_becomes_read_only_under_load() -> None:
    """Every write is refused while the server is a replica of one that is away."""
    with own_server() as url, Redis.from_url(url) as client:
        backend = backend_at(url)
        with Load(lambda: backend, nothing) as load:
            for _ in range(PAUSES):
                load.wait_for(50)
                client.execute_command("REPLICAOF", "127.0.0.1", 1)
                load.wait_for_errors(4)
                client.execute_command("REPLICAOF", "NO", "ONE")
        print("readonly", PAUSES, load.done, load.errors)
        assert load.errors.keys() == {"BackendError"}
        checked(load, backend)


def test_memory_that_is_full_refuses() -> None:
    with own_server("--maxmemory-policy", "noeviction") as url:
        backend = backend_at(url)
        with Load(lambda: backend, nothing) as load, Redis.from_url(url) as client:
            for _ in range(PAUSES):
                load.wait_for(50)
                client.config_set("maxmemory", 1)
                load.wait_for_errors(4)
                client.config_set("maxmemory", 0)
        print("full", PAUSES, load.done, load.errors)
        assert load.errors.keys() == {"BackendError"}
        checked(load, backend)


def test_memory_that_evicts_is_reported() -> None:
    """The server says that it stored the edges, and deletes them later."""
    with own_server("--maxmemory-policy", "allkeys-lru") as url:
        backend = backend_at(url)
        with Redis.from_url(url) as client:
            client.config_set("maxmemory", client.info()["used_memory"] + 500_000)
            new = 0
            while client.info("stats")["evicted_keys"] < 100:
                edges = [e for n in range(20) for e in edges_from(f"{new}-{n}")]
                new += len(backend.ask(Add(edges)))
            counts = backend.ask(Counts(FOLLOW.name, STARS, "followers"))
            assert sum(counts.values()) < new
            [error] = backend.check(databases=["default"])
            assert error.id == "sequere.E015"
            # Now the server deletes nothing more, so verify and repair see the same.
            client.config_set("maxmemory", 0)
            [first, *halves] = problems_of(backend)
            assert first.by_hand
            assert "has deleted" in first.what
            assert halves
            print("evicted", new, sum(counts.values()), len(halves))
            # What the documentation says to do.
            client.config_set("maxmemory-policy", "noeviction")
        assert problems_of(backend, mends=True)
        assert problems_of(backend) == []
        assert audit(backend) == set()


def edges_from(name: str) -> list[Edge]:
    fan = Ref("fan", name)
    return [Edge(FOLLOW.name, fan, star, NOON) for star in STARS]


def test_a_replica_that_takes_over() -> None:
    """A write that waited for the replica is there when the primary has died."""
    quickly = "--repl-diskless-sync-delay", "0"
    with (
        node(*quickly) as primary,
        node(*quickly, *replica_of(primary.url)) as other,
        Redis.from_url(other.url) as client,
        # The address of the service, which leads to another server later.
        Proxy(primary.port, LONGEST, seed=14) as proxy,
    ):
        wait(lambda: client.info("replication")["master_link_status"] == "up")
        url = f"redis://127.0.0.1:{proxy.port}/0"
        backend = backend_at(url, wait_replicas=1, wait_timeout=20)
        with Load(lambda: backend, nothing) as load:
            load.wait_for(300)
            os.kill(primary.process, signal.SIGKILL)
            load.wait_for_errors(8)
            client.execute_command("REPLICAOF", "NO", "ONE")
        proxy.target = "127.0.0.1", other.port
        print("failover", load.done, load.errors)
        assert load.errors.keys() <= {"BackendError", "BackendUnavailable"}
        backend = backend_at(url)
        wait(lambda: answers(backend))
        checked(load, backend)


def answers(backend: RedisBackend) -> bool:
    try:
        return bool(backend.ask(Counts(FOLLOW.name, STARS, "followers")))
    except BackendError:
        return False
