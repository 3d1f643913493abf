"""The Markdown page of the figures of scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from statistics import median
from typing import Any

from benchmarks.report import circumstances, markdown
from benchmarks.scale.paper import plan

Row = dict[str, Any]


def page(name: str, results: dict[str, Any]) -> str:
    return "\n".join([*lines(name, results)]) + "\n"


def lines(name: str, results: dict[str, Any]) -> Iterator[str]:
    small, large = results["small"], results["edges"]
    yield f"# Figures: {large:,} follows beside {small:,}"
    yield ""
    yield (
        "[How it was measured](../explanation-scale.md) says what a row is. The "
        f"processor times of each round are in [{name}.json]({name}.json)."
    )
    yield ""
    yield (
        "Times are microseconds of one call: the median and the 99th percentile of all "
        "calls. CPU is the time of the calling process and of the server's process "
        "that works for it. The factors compare the large store with the small. "
        f"What grows as a logarithm does has the factor {log(large, small):.2f}. A "
        "dash stands where an engine has no such verb. On a busy machine the 99th "
        "percentile is mostly the wait for a processor."
    )
    for engine, found in results["engines"].items():
        yield from section(name, engine, found)


def section(name: str, engine: str, found: dict[str, Any]) -> Iterator[str]:
    stores = [*found["stores"].values()]
    low, high = min(found["loads"]), max(found["loads"])
    yield from ["", f"## {found['version']}", "", circumstances(found)]
    yield f"The load average was {low} to {high} during the rounds."
    yield ""
    yield from markdown(*loads(stores))
    yield ""
    growing = [*found["growing"]]
    others = [row for row in stores[0]["rows"] if row not in growing]
    yield from markdown(head(stores), [cells(stores, row) for row in others])
    yield from ["", f"![Growth of each verb]({name}-{engine}-growth.svg)"]
    yield from ["", "These calls read more in a larger store:", ""]
    yield from markdown(head(stores), [cells(stores, row) for row in growing])
    if planned := plan(engine, stores[-1]):
        yield from ["", f"A billion follows in {found['version']}, on paper:", ""]
        yield from markdown(["", "", "computed from"], planned)
    for store in stores:
        for row, error in store["failed"].items():
            yield from ["", f"{row}: failed with {error}."]


def loads(stores: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    facts = {
        "follows": lambda store: f"{store['edges']:,}",
        "users": lambda store: f"{store['users']:,}",
        "import, follows a second": lambda store: rate(store["chunks"]),
        "first tenth of it": lambda store: rate(tenth(store["chunks"], 0)),
        "last tenth of it": lambda store: rate(tenth(store["chunks"], -1)),
        "CPU of a follow, caller, us": lambda store: cpu(store, "client"),
        "CPU of a follow, server, us": lambda store: cpu(store, "server"),
        "bytes of a follow": lambda store: f"{store['bytes'] / store['edges']:.0f}",
        "ANALYZE, seconds": lambda store: f"{store['analyze']:.1f}",
        "backup, seconds": lambda store: backed_up(store, "seconds"),
        "backup, MB": lambda store: backed_up(store, "bytes", 1e6),
        "restore, seconds": lambda store: backed_up(store, "restore"),
    }
    table = [[fact, *map(read, stores)] for fact, read in facts.items()]
    return ["", *(f"{store['edges']:,}" for store in stores)], table


def rate(chunks: Sequence[Sequence[float]]) -> str:
    return f"{sum(each[0] for each in chunks) / sum(each[1] for each in chunks):,.0f}"


def tenth(chunks: Sequence[Any], which: int) -> Sequence[Any]:
    size = max(len(chunks) // 10, 1)
    return chunks[-size:] if which else chunks[:size]


def cpu(store: dict[str, Any], kind: str) -> str:
    return f"{store['cpu'][kind] / store['edges'] * 1e6:.1f}"


def backed_up(store: dict[str, Any], fact: str, unit: float = 1) -> str:
    return f"{store['backup'][fact] / unit:,.1f}" if store["backup"] else "-"


def head(stores: Sequence[dict[str, Any]]) -> list[str]:
    names = [f"{store['edges']:,}" for store in stores]
    both = [f"{name}{what}" for name in names for what in ("", ", p99")]
    return [
        "microseconds",
        *both,
        "factor",
        *(f"CPU, {each}" for each in names),
        "factor",
    ]


def cells(stores: Sequence[dict[str, Any]], row: str) -> list[str]:
    found = [store["rows"].get(row) for store in stores]
    if not all(found):
        return [row, *["-"] * 8]
    small, large = found
    return [
        row,
        *(micro(each[kind]) for each in found for kind in ("median", "p99")),
        f"{large['median'] / small['median']:.2f}",
        *(micro(work(each)) for each in found),
        f"{work(large) / work(small):.2f}",
    ]


def work(row: Row) -> float:
    return median(map(sum, zip(row["client"], row["server"], strict=True)))


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f}"
