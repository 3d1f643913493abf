"""An import, what it takes of the servers' memory, and its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from unittest import mock

from benchmarks.graph import Graph, when
from benchmarks.lines import Line, yes
from benchmarks.redis.servers import (
    backend,
    client,
    configure,
    is_cluster,
    primaries,
    send,
    used_memory,
)
from sequere import api
from sequere.backends.redis import connections
from sequere.backends.redis.protocol import Exchange, Parcel
from sequere.types import Ref

# Members up to which the servers keep a sorted set packed, and bytes per edge.
PACKED = {128: 105, 512: 80}
RATE = 30_000
RATE_IN_CLUSTER = 20_000


def measure(plan: Graph) -> Iterator[Line]:
    for members, limit in PACKED.items():
        backend().clear()
        configure("zset-max-listpack-entries", members)
        before = used_memory()
        seconds = load(plan)
        after = used_memory()
        drop_fences()
        size = (used_memory() - before) / len(plan.edges)
        fences = f"{(after - used_memory()) / len(plan.edges):.1f}"
        yield [
            f"bytes/edge, packed to {members}",
            f"{size:.1f}",
            *(("and of fences, for a while", fences) if is_cluster() else ("", "")),
            "",
            f"<= {limit}",
            yes(size <= limit),
        ]
    configure("zset-max-listpack-entries", 128)
    backend().clear()
    # Not the load that is timed: to keep all commands costs time, too.
    with recorded() as sent:
        load(plan)
    backend().clear()
    begin = perf_counter()
    for parcels in sent:
        send(parcels)
    bare = perf_counter() - begin
    rate = len(plan.edges) / seconds
    least = RATE_IN_CLUSTER if is_cluster() else RATE
    yield [
        "import, edges/s",
        f"{rate:,.0f}",
        "same commands by redis-py",
        f"{len(plan.edges) / bare:,.0f}",
        f"{seconds / bare:.2f}",
        f">= {least:,}",
        yes(rate >= least),
    ]


def load(plan: Graph) -> float:
    """By the public verb. Seconds."""
    refs = [Ref("user", str(number)) for number in range(plan.users + 1)]
    begin = perf_counter()
    new = api.follow_many(
        (refs[source], refs[target], when(number))
        for number, (source, target) in enumerate(plan.edges)
    )
    seconds = perf_counter() - begin
    assert len(new) == len(plan.edges)
    return seconds


def drop_fences() -> None:
    """What writes to a cluster leave for seconds, and later writes take away."""
    pattern = f"{backend().keys.pattern}:fences"
    for server in map(client, primaries()):
        for key in list(server.scan_iter(pattern, 1000)):
            server.unlink(key)


@contextmanager
def recorded() -> Iterator[list[list[Parcel]]]:
    """What is sent, a list for each exchange."""
    sent: list[list[Parcel]] = []

    def exchange(lines: Any, step: Exchange) -> Any:
        sent.append(step.parcels)
        return original(lines, step)

    original = connections.exchange
    with mock.patch("sequere.backends.redis.backend.exchange", exchange):
        yield sent
