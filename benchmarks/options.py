from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import OURS, contenders
from tests.engines import ENGINES

STORES = [name for name, engine in ENGINES.items() if engine.is_store]
#: The numbers of users and of follows, and the lengths of the lists in the curves.
LENGTHS = (100, 1_000, 10_000, 100_000)
SIZES = {
    "small": (2_000, 40_000, LENGTHS),
    "full": (20_000, 400_000, LENGTHS),
}
PAGES = Path(__file__).parent.parent / "docs" / "benchmarks"


@dataclass(frozen=True, slots=True)
class Options:
    name: str
    users: int
    edges: int
    lengths: tuple[int, ...]
    rounds: int
    racers: int
    engines: list[str]
    contenders: list[str]
    durable: bool
    here: bool
    note: str
    output: Path


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks")
    add = made.add_argument
    names = list(contenders())
    add("--size", choices=SIZES, default="small", help="how large the graph is")
    add("--users", type=int, help="a size of your own")
    add("--edges", type=int, help="a size of your own")
    add("--lengths", type=int, nargs="*", help="of the lists of the curves")
    add("--rounds", type=int, default=9, help="in which all take turns")
    add("--racers", type=int, default=20, help="users that are written to at once")
    add("--engine", action="append", choices=STORES, help="may be given repeatedly")
    add("--contender", action="append", choices=names, help="beside " + OURS)
    add("--durable", action="store_true", help="keep the servers' own durability")
    add("--here", action="store_true", help="measure in this environment, without pip")
    add("--note", default="", help="a sentence for the page, as on other load")
    add("--name", help="of the files that are written")
    add("--output", type=Path, default=PAGES, help="the folder of these files")
    return made


def parse(arguments: list[str] | None = None) -> Options:
    found = parser().parse_args(arguments)
    users, edges, lengths = SIZES[found.size]
    own = found.users or found.edges
    return Options(
        name=found.name or ("own" if own else found.size),
        users=found.users or users,
        edges=found.edges or edges,
        lengths=lengths if found.lengths is None else tuple(found.lengths),
        rounds=found.rounds,
        racers=found.racers,
        engines=found.engine or STORES,
        contenders=[OURS, *(found.contender or contenders())],
        durable=found.durable,
        here=found.here,
        note=found.note,
        output=found.output,
    )
