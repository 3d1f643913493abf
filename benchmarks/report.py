"""Writes the page of results, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from benchmarks.contenders import OURS

Samples = Sequence[dict[str, float]]


def ratio(theirs: Samples, ours: Samples, kind: str) -> str:
    """Return the ratio of two contenders' times: the median over rounds, and the
    extremes.
    """
    found = sorted(a[kind] / b[kind] for a, b in zip(theirs, ours, strict=False))
    return f"{median(found):.2f} ({found[0]:.2f}-{found[-1]:.2f})" if found else ""


def micro(samples: Samples) -> str:
    return f"{median(each['wall'] for each in samples) * 1e6:,.0f}"


def page(name: str, results: dict[str, Any]) -> str:
    return "\n".join([*lines(name, results)]) + "\n"


def subject(results: dict[str, Any]) -> str:
    sizes = f"{results['users']:,} users, {results['edges']:,} follows"
    curves = [engine["curves"] for engine in results["engines"].values()]
    longest = max((int(length) for each in curves for length in each), default=0)
    return f"{sizes}, lists of up to {longest:,}" if longest else sizes


def lines(name: str, results: dict[str, Any]) -> Iterator[str]:
    yield f"# Figures: {subject(results)}"
    yield ""
    yield (
        "[How it was measured](../explanation-benchmarks.md) says what each row is. "
        f"All samples are in [{name}.json]({name}.json)."
    )
    yield ""
    yield (
        "Times are microseconds of one call, medians over the rounds. Below them "
        f"stands how many times as long as {OURS} a contender takes in the same "
        "round: the median, and in brackets the least and the most; then the median "
        "for the CPU time of the process that calls. A number above 1 is slower than "
        f"{OURS}. A dash stands where a contender has no such verb."
    )
    for engine, found in results["engines"].items():
        yield from section(name, engine, found)


def circumstances(found: dict[str, Any]) -> str:
    machine = found["machine"]
    waits = "waits" if found["durable"] else "does not wait"
    told = (
        f"Measured on {found['date']} in {found['rounds']} rounds, on "
        f"{machine['processors']} processors ({machine['model']}, "
        f"{machine['memory_gb']} GB, load {machine['load']} at the end). "
        f"The engine {waits} for the disk. {found['note']}"
    )
    return told.strip()


def section(name: str, engine: str, found: dict[str, Any]) -> Iterator[str]:
    contenders = list(found["contenders"])
    yield from ["", f"## {found['version']}", "", circumstances(found), ""]
    yield ", ".join(versions(found)) + "."
    yield ""
    rows = [
        [row, *(cell(samples, each) for each in contenders)]
        for row, samples in found["table"].items()
    ]
    sizes = [found["contenders"][each]["bytes_per_edge"] for each in contenders]
    rows.append(["bytes for each follow", *(f"{size or 0:,.0f}" for size in sizes)])
    yield from markdown(["microseconds", *contenders], rows)
    yield from ["", f"![Ratios with their spread]({name}-{engine}-ratios.svg)"]
    yield from ["", "### Right or wrong", ""]
    yield from markdown(RIGHT, [faults(found, each) for each in contenders])
    for each in contenders:
        for fault in found["contenders"][each]["failed"]:
            yield from ["", f"{each} failed at {fault}."]
    if found["curves"]:
        yield from ["", "### By the length of the list", ""]
        yield f"![Curves of each verb]({name}-{engine}-curves.svg)"
        yield ""
        yield from markdown(*curve_of_ours(found["curves"]))


def versions(found: dict[str, Any]) -> list[str]:
    each = found["contenders"].values()
    names = {f"{n} {v}": None for facts in each for n, v in facts["packages"].items()}
    pythons = {f"Python {facts['python']}": None for facts in each}
    return [*pythons, *names]


def cell(samples: dict[str, Samples], name: str) -> str:
    if name not in samples:
        return "-"
    if name == OURS or OURS not in samples:
        return micro(samples[name])
    wall, cpu = (ratio(samples[name], samples[OURS], kind) for kind in ("wall", "cpu"))
    return f"{micro(samples[name])}<br>{wall}<br>CPU {cpu.partition(' ')[0]}"


RACES = ["duplicates", "wrong counts", "lost follows", "late follows"]
RIGHT = ["", "wrong answers", "leftovers", *RACES, "exceptions"]


def faults(found: dict[str, Any], name: str) -> list[str]:
    facts = found["contenders"][name]
    alone = [name, str(facts["wrong_answers"])]
    if (races := facts["races"]) is None:
        return [*alone, *["-"] * (len(RIGHT) - len(alone))]
    exceptions = [f"{count} {kind}" for kind, count in races["exceptions"].items()]
    counts = [facts["leftovers"], *(races[kind] for kind in RACES)]
    return [*alone, *map(str, counts), ", ".join(exceptions) or "0"]


def curve_of_ours(curves: dict[Any, Any]) -> tuple[list[str], list[list[str]]]:
    lengths = list(curves)
    rows = list(curves[lengths[-1]])
    return [f"{OURS}, microseconds", *(f"{int(each):,}" for each in lengths)], [
        [row, *(cell(curves[each].get(row, {}), OURS) for each in lengths)]
        for row in rows
    ]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
