from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.options import PAGES, STORES

ENGINES = ("sqlite", "postgresql", "redis")


@dataclass(frozen=True, slots=True)
class Options:
    edges: int
    small: int
    real: Path | None
    rounds: int
    engines: list[str]
    durable: bool
    here: bool
    note: str
    name: str
    output: Path


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    add = made.add_argument
    add("--edges", type=int, default=10_000_000, help="in the large store")
    add("--small", type=int, default=100_000, help="follows in the store beside it")
    add("--real", type=Path, help="a CSV.gz with the columns follower and followee")
    add("--rounds", type=int, default=10, help="in which both stores take turns")
    add("--engine", action="append", choices=STORES, help="may be given repeatedly")
    add("--durable", action="store_true", help="keep the servers' own durability")
    add("--here", action="store_true", help="draw no pictures, which needs pip")
    add("--note", default="", help="a sentence for the page, as on other load")
    add("--name", default="scale", help="of the files that are written")
    add("--output", type=Path, default=PAGES, help="the folder of these files")
    return made


def parse() -> Options:
    found = vars(parser().parse_args())
    return Options(engines=found.pop("engine") or [*ENGINES], **found)
