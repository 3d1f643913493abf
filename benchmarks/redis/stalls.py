"""How long another client waits while a resource with many edges is forgotten."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.graph import when
from benchmarks.lines import Line
from benchmarks.redis.servers import backend
from sequere.backends.redis.keys import bucket_of
from sequere.questions import Add, Forget
from sequere.relations import FOLLOW
from sequere.types import Edge, Ref

FOLLOWERS = 200_000
STAR = Ref("user", "celebrity")
# A process of its own, so that it waits for the server alone.
WATCH = """
import sys, time, redis
_, address, key, seconds = sys.argv
client = redis.Redis.from_url(address)
print("ready", flush=True)
waits, end = [], time.monotonic() + float(seconds)
while time.monotonic() < end:
    begin = time.perf_counter()
    client.execute_command("ZSCORE", key, "nothing")
    waits.append(time.perf_counter() - begin)
    time.sleep(0.0005)
waits.sort()
print(waits[int(len(waits) * 0.999)] * 1000, waits[-1] * 1000)
"""


def measure(followers: int) -> Iterator[Line]:
    store = backend()
    store.ask(
        Add(
            [
                Edge(FOLLOW.name, Ref("user", str(number)), STAR, when(number))
                for number in range(followers)
            ]
        )
    )
    begin = time.perf_counter()
    store.ask(Forget([STAR]))
    seconds = time.perf_counter() - begin
    idle = watched(seconds, forget=False)
    store.ask(
        Add(
            [
                Edge(FOLLOW.name, Ref("user", str(number)), STAR, when(number))
                for number in range(followers)
            ]
        )
    )
    busy = watched(seconds, forget=True)
    name = f"forget {followers:,} edges"
    yield [name, f"{seconds:.1f} s", "", "", "", "", ""]
    for what, mine, other in zip(("99.9 %", "worst"), busy, idle, strict=True):
        yield [
            f"another client meanwhile, {what}",
            f"{mine:.1f} ms",
            "idle server",
            f"{other:.1f} ms",
            *("", "", ""),
        ]


def watched(seconds: float, *, forget: bool) -> list[float]:
    """Milliseconds that another client waits: 99.9 of 100 calls, and the worst."""
    store, bucket = backend(), bucket_of(STAR)
    # In a cluster, the server where the edges are.
    address = store.router.topology.address_of(bucket, write=True)
    key = store.keys.shared(bucket, "nothing")
    command = [sys.executable, "-c", WATCH, address, key, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout
        watcher.stdout.readline()
        if forget:
            store.ask(Forget([STAR]))
        return [float(number) for number in watcher.stdout.readline().split()]
