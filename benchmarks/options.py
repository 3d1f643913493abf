from __future__ import annotations

import argparse
from dataclasses import dataclass

from tests.engines import ENGINES

STORES = [name for name, engine in ENGINES.items() if engine.is_store]

VERBS = (
    "bulk",
    "follow",
    "unfollow",
    "is_following",
    "count-celebrity",
    "count-typical",
    "newest",
    "page-first",
    "page-deep",
    "among",
    "graph",
    "writers",
)


@dataclass(frozen=True, slots=True)
class Options:
    engines: list[str]
    verbs: list[str]
    scale: float
    durable: bool
    real: bool


def parse(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--engine", action="append", choices=STORES, help="may be given repeatedly"
    )
    parser.add_argument(
        "--only", action="append", choices=VERBS, metavar="VERB", help=", ".join(VERBS)
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, help="of the graph; 0.1 for a quick run"
    )
    parser.add_argument(
        "--durable", action="store_true", help="keep the servers' own durability"
    )
    parser.add_argument(
        "--real", action="store_true", help="measure a real file too: SEQUERE_DATA"
    )
    found = parser.parse_args(arguments)
    return Options(
        engines=found.engine or STORES,
        verbs=found.only or list(VERBS),
        scale=found.scale,
        durable=found.durable,
        real=found.real,
    )
