"""Computes the needs of a billion follows from the measured figures."""

from __future__ import annotations

from math import ceil
from statistics import median
from typing import Any

BILLION = 1_000_000_000
#: A cluster adds marks and longer keys: 91.4 bytes in place of 84.0, as measured in
#: docs/howto-redis.md.
CLUSTER = 91.4 / 84.0
#: A shard holds this much. A server of 32 GB has as much again for a fork.
SHARD_GB = 16
#: Bytes of a member of a long list, which is not packed: MEMORY USAGE was 46,005,872
#: for a list of 490,000 in Redis 7.0.
MEMBER = 46_005_872 / 490_000
#: 98 of 100 users follow the celebrity, as in the measured graph.
CELEBRITY_FOLLOWERS = int(BILLION / 20 * 0.98)

Lines = list[list[str]]


def plan(engine: str, store: dict[str, Any]) -> Lines:
    """Return rows of a table: the need, its size and the arithmetic. The result is
    empty for other engines.
    """
    return PLANS[engine](store) if engine in PLANS else []


def of_postgresql(store: dict[str, Any]) -> Lines:
    size, times = bytes_of(store), BILLION / store["edges"]
    backup = store["backup"]
    return [
        ["on the disk", gigabytes(size), f"{size:.0f} bytes x 10^9"],
        ["with room to rebuild it", gigabytes(2 * size), "twice"],
        imported(store, "if the indexes fit into memory"),
        ["pg_dump", *multiplied(backup["seconds"], times)],
        ["its file", *multiplied_bytes(backup["bytes"], times)],
        ["pg_restore, two jobs", *multiplied(backup["restore"], times)],
        *(a_second(store, row, "core of the server") for row in ROWS),
        scanned(store),
    ]


def of_redis(store: dict[str, Any]) -> Lines:
    size, backup = bytes_of(store), store["backup"]
    total = size * CLUSTER
    primaries = ceil(total / SHARD_GB)
    times = BILLION / primaries / store["edges"]
    return [
        [
            "memory of all primaries",
            gigabytes(total),
            f"{size:.0f} bytes x 10^9 x {CLUSTER:.2f} in a cluster",
        ],
        [
            "primaries, and as many replicas",
            str(primaries),
            f"{total:.0f} GB / {SHARD_GB} GB, on servers of {2 * SHARD_GB} GB",
        ],
        imported(store, "without the two more steps of a cluster"),
        ["RDB file of a primary", *multiplied_bytes(backup["bytes"], times)],
        ["time to write it", *multiplied(backup["seconds"], times)],
        ["start of a primary from it", *multiplied(backup["restore"], times)],
        [
            "the celebrity's list, one key",
            gigabytes(MEMBER * CELEBRITY_FOLLOWERS / BILLION),
            f"{CELEBRITY_FOLLOWERS:,} x {MEMBER:.0f} bytes",
        ],
        *(a_second(store, row, "primary") for row in ROWS),
        scanned(store),
    ]


ROWS = (
    "follow, celebrity",
    "is_following",
    "get_followers_count, celebrity",
    "page of 20 followers, celebrity",
    "follow_states of 50",
)


def imported(store: dict[str, Any], condition: str) -> list[str]:
    client, server = (store["cpu"][kind] for kind in ("client", "server"))
    spent = (client + server) / store["edges"]
    arithmetic = f"{spent * 1e6:.0f} us x 10^9, {condition}"
    return ["import, one process", duration(spent * BILLION), arithmetic]


def multiplied(seconds: float, times: float) -> tuple[str, str]:
    return duration(seconds * times), f"{seconds:.1f} s x {times:,.1f}"


def multiplied_bytes(size: float, times: float) -> tuple[str, str]:
    return gigabytes(size * times / 1e9), f"{size / 1e6:,.0f} MB x {times:,.1f}"


def a_second(store: dict[str, Any], row: str, of: str) -> list[str]:
    spent = median(store["rows"][row]["server"])
    much = f"{1 / spent:,.0f}" if spent else "-"
    return [f"{row}: a second, each {of}", much, f"1 s / {spent * 1e6:,.0f} us"]


def scanned(store: dict[str, Any]) -> list[str]:
    found = store["rows"]["scan of 1,000 edges"]
    spent = median(map(sum, zip(found["client"], found["server"], strict=True)))
    arithmetic = f"{spent * 1e3:.1f} ms x 10^6, one process"
    return ["a scan, as verify and export need", duration(spent * 1e6), arithmetic]


def bytes_of(store: dict[str, Any]) -> float:
    """Return the bytes of a follow, which are the GB of a billion follows."""
    return float(store["bytes"] / store["edges"])


def gigabytes(size: float) -> str:
    return f"{size:,.0f} GB" if size > 20 else f"{size:,.1f} GB"


def duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds > 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"


PLANS = {"postgresql": of_postgresql, "redis": of_redis}
