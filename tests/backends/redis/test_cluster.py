"""These tests start a cluster of their own, because they kill its servers and move its
slots.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from sequere.backends.redis import RedisBackend
from sequere.backends.redis.keys import bucket_of
from sequere.backends.redis.topology import SLOTS, slot_of
from sequere.exceptions import BackendError, BackendUnavailable
from sequere.questions import Add, Contains, Counts, Remove, Scan
from sequere.relations import FOLLOW
from sequere.testing.base import NOON
from sequere.types import Edge, Pair, Problem, Ref
from sequere.verifying.comparing import scan
from tests.backends.redis.audit import audit
from tests.backends.redis.servers import IS_CLUSTER
from tests.engines.redis import Node, cluster, find_any, persistence
from tests.problems import problems_in

pytestmark = pytest.mark.skipif(
    not IS_CLUSTER, reason="run `python -m tests.engines run cluster -- pytest`"
)

PEOPLE = [Ref("person", str(number)) for number in range(200)]
THREADS = 4
SLOTS_OF_THE_FIRST = SLOTS // 3


@pytest.fixture
def nodes() -> Iterator[list[Node]]:
    # The user of the servers may not enter pytest's own folder.
    with (
        tempfile.TemporaryDirectory(prefix="sequere-") as folder,
        cluster(Path(folder), find_any(), *persistence(durable=False)) as found,
    ):
        yield found


def backend_of(nodes: list[Node], **options: Any) -> RedisBackend:
    urls = [node.url for node in nodes]
    return RedisBackend("default", location=urls, cluster=True, **options)


class Load:
    """Threads that follow and unfollow at random, and remember acknowledged writes."""

    def __init__(self, nodes: list[Node], **options: Any) -> None:
        self.nodes, self.options = nodes, options
        self.stopped = threading.Event()
        self.errors: list[BackendError] = []
        # Each thread has pairs of its own, so that it knows their last state.
        self.state: dict[Pair, bool | None] = {}
        self.done = 0
        self.threads = [
            threading.Thread(target=self.write, args=(number,))
            for number in range(THREADS)
        ]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def write(self, number: int) -> None:
        backend = backend_of(self.nodes, **self.options)
        chance = random.Random(number)
        sources = PEOPLE[number::THREADS]
        while not self.stopped.is_set():
            pair = Pair(chance.choice(sources), chance.choice(PEOPLE))
            if pair.source == pair.target:
                continue
            follows = chance.random() < 0.7
            try:
                if follows:
                    backend.ask(Add([Edge(FOLLOW.name, *pair, datetime.now(UTC))]))
                else:
                    backend.ask(Remove(FOLLOW.name, [pair]))
            except BackendError as exc:
                self.errors.append(exc)
                self.state[pair] = None
                time.sleep(0.05)
            else:
                self.state[pair] = follows
                self.done += 1

    def wait_for(self, more: int, timeout: float = 60) -> None:
        """Wait until `more` further writes have been acknowledged."""
        goal = self.done + more
        wait(lambda: self.done >= goal, timeout)


def wait(ready: Callable[[], bool], timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def differences(backend: RedisBackend, load: Load) -> list[Pair]:
    """Return the pairs whose stored state is not the acknowledged state."""
    return [
        pair
        for pair, follows in load.state.items()
        if follows is not None
        and backend.ask(Contains(FOLLOW.name, *pair)) is not follows
    ]


def mend(backend: RedisBackend) -> list[Problem]:
    problems = problems_in(backend.repair())
    assert problems_in(backend.verify()) == []
    assert audit(backend) == set()
    return problems


def test_a_primary_is_killed_under_load(nodes: list[Node]) -> None:
    with Load(nodes, wait_replicas=1) as load:
        load.wait_for(1000)
        os.kill(nodes[0].process, signal.SIGKILL)
        wait(lambda: bool(load.errors))
        with Redis.from_url(nodes[3].url) as replica:
            wait(lambda: replica.info("replication")["role"] == "master")
    backend = backend_of(nodes[1:])
    wait(lambda: answers(backend))
    mend(backend)
    # A replica had each of these writes, and that replica took over.
    assert differences(backend, load) == []
    assert {type(error).__module__ for error in load.errors} == {"sequere.exceptions"}
    assert backend.ask(
        Add([Edge(FOLLOW.name, PEOPLE[0], Ref("tag", "1"), datetime.now(UTC))])
    )


def answers(backend: RedisBackend) -> bool:
    try:
        backend.ask(Counts(FOLLOW.name, PEOPLE, "followers"))
    except BackendError:
        return False
    return True


def test_a_slot_is_moved_under_load(nodes: list[Node]) -> None:
    """Every slot that the edges of one server use moves, one after the other."""
    source, target = nodes[0], nodes[1]
    slots = sorted({slot_of(bucket_of(person)) for person in PEOPLE})
    slots = [slot for slot in slots if slot < SLOTS_OF_THE_FIRST][:20]
    assert len(slots) == 20
    with Load(nodes) as load:
        load.wait_for(1000)
        for slot in slots:
            move(slot, source, target, nodes[:3])
        load.wait_for(500)
    assert load.errors == []
    backend = backend_of(nodes)
    assert differences(backend, load) == []
    assert mend(backend) == []


def test_many_ask_at_once_for_a_slot_that_is_moved(nodes: list[Node]) -> None:
    """ASKING comes right before its own command, even if other commands travel beside
    it.
    """
    source, target = nodes[0], nodes[1]
    person = next(
        each for each in PEOPLE if slot_of(bucket_of(each)) < SLOTS_OF_THE_FIRST
    )
    backend = backend_of(nodes)
    tags = [Ref("tag", str(number)) for number in range(100)]
    backend.ask(Add([Edge(FOLLOW.name, person, tag, NOON) for tag in tags[::2]]))

    async def ask_all() -> list[bool]:
        # Some reads are about the moved slot, and some about slots of the other server.
        others = [each for each in PEOPLE if each != person][:5]
        pairs = [(each, tag) for tag in tags for each in (person, *others)]
        found = await asyncio.gather(
            *(backend.aask(Contains(FOLLOW.name, *pair)) for pair in pairs)
        )
        assert sum(found) == 50
        return found[:: 1 + len(others)]

    slot = slot_of(bucket_of(person))
    with Redis.from_url(target.url) as client:
        begin_to_move(slot, source, target)
        client.config_resetstat()
        mine = asyncio.run(ask_all())
        asked = client.info("commandstats")["cmdstat_asking"]["calls"]
    assert mine == [True, False] * 50
    assert asked >= 100


def begin_to_move(slot: int, source: Node, target: Node) -> None:
    """Migrate all keys of the slot, but do not announce its new server."""
    a: Any = Redis.from_url(source.url, decode_responses=True)
    b: Any = Redis.from_url(target.url, decode_responses=True)
    with a, b:
        name_a = a.execute_command("CLUSTER", "MYID")
        name_b = b.execute_command("CLUSTER", "MYID")
        b.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", name_a)
        a.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", name_b)
        while keys := a.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 3):
            a.execute_command(
                *("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
            )
            time.sleep(0.005)


def move(slot: int, source: Node, target: Node, primaries: list[Node]) -> None:
    """Move a slot in the same way as redis-cli: keys migrate in small groups, and
    meanwhile both servers answer for the slot.
    """
    begin_to_move(slot, source, target)
    with Redis.from_url(target.url, decode_responses=True) as client:
        name = client.execute_command("CLUSTER", "MYID")
    for node in [target, source, *primaries]:
        with Redis.from_url(node.url) as client:
            client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", name)


def test_a_scan_asks_no_server_that_has_become_a_replica(nodes: list[Node]) -> None:
    # The two do not share what they know of the servers.
    begun, new = backend_of(nodes, timeout=6), backend_of(nodes)
    target = Ref("tag", "1")
    edges = [Edge(FOLLOW.name, source, target, datetime.now(UTC)) for source in PEOPLE]
    new.ask(Add(edges))
    _, place = begun.ask(Scan(None, limit=1))
    old: Any = Redis.from_url(nodes[0].url, decode_responses=True)
    replica: Any = Redis.from_url(nodes[3].url, decode_responses=True)
    with old, replica:
        replica.execute_command("CLUSTER", "FAILOVER", "TAKEOVER")
        wait(lambda: old.info("replication")["role"] == "slave")
        old.config_resetstat()
        assert {*scanned(new)} == {*edges}
        new.clear()
        assert scanned(new) == []
        assert "cmdstat_scan" not in old.info("commandstats")
    with pytest.raises(BackendUnavailable, match="has become a replica"):
        scanned(begun, place)


def scanned(backend: RedisBackend, place: str | None = None) -> list[Edge]:
    """Return the edges from `place` on."""
    return [edge for edges, _ in scan(backend, place) for edge in edges]


def test_a_cluster_that_is_shut_down_in_order_loses_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="sequere-") as folder:
        durable = persistence(durable=True)
        with cluster(Path(folder), find_any(), *durable) as nodes, Load(nodes) as load:
            load.wait_for(1500)
            for node in nodes:
                os.kill(node.process, signal.SIGTERM)
            wait(lambda: bool(load.errors))
        with cluster(Path(folder), find_any(), *durable) as nodes:
            backend = backend_of(nodes)
            mend(backend)
            assert differences(backend, load) == []
