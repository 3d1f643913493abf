"""A real graph, from a file that is not part of this project."""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection

from benchmarks import bulk
from benchmarks.graph_reads import READS
from benchmarks.models import Account
from benchmarks.report import table
from benchmarks.timing import Sample, sample
from sequere import api
from sequere.types import Ref

NAME = "mastodon_ego.follows.csv.gz"
FOLDER = Path(__file__).parent.parent / "../shared/data"
DEPTHS = (10_000, 100_000)
TIMES = 25
CANDIDATES = 5_000


def run() -> None:
    path = Path(os.environ.get("SEQUERE_DATA", FOLDER)) / NAME
    if connection.vendor not in ("sqlite", "postgresql"):
        print("\nreal: measured on SQLite and PostgreSQL only.")
    elif not path.exists():
        print(f"\nreal: not measured: {path} does not exist.")
    else:
        measure(path)


def measure(path: Path) -> None:
    followers = create_accounts(path)
    begin = perf_counter()
    new = len(api.follow_many(follows(path)))
    took = perf_counter() - begin
    bulk.analyze()
    (number, count), *_ = followers.most_common(1)
    celebrity = Ref("account", number)
    assert api.get_followers_count(celebrity) == count
    rows = [[f"import {new:,} follows", f"{took:.1f} s", f"{new / took:,.0f}/s", ""]]
    rows += [line(f"count of {count:,}", lambda: api.get_followers_count(celebrity))]
    rows += [page(celebrity, 0), *(page(celebrity, d) for d in DEPTHS if d < count)]
    rows += graph_reads_of(celebrity)
    table([NAME.partition(".")[0], "wall", "", "CPU"], rows)


def page(celebrity: Ref, depth: int) -> list[str]:
    place = api.get_followers(celebrity).page(depth).next if depth else None
    return line(
        f"page at depth {depth:,}",
        lambda: api.get_followers(celebrity).page(20, after=place),
    )


def graph_reads_of(celebrity: Ref) -> Iterator[list[str]]:
    """Asked by the follower of the celebrity that follows most of all."""
    fans = list(api.get_followers(celebrity).refs()[:CANDIDATES])
    counts = api.get_followings_counts(fans)
    viewer = max(fans, key=lambda fan: counts[fan])
    for name, read in READS.items():
        yield line(
            f"{name}, of {counts[viewer]:,} followings",
            lambda read=read: read(viewer, celebrity),  # type: ignore[misc]
        )


def line(name: str, work: Callable[[], object]) -> list[str]:
    samples: list[Sample] = [sample(work, 1) for _ in range(TIMES)]
    wall = median(each.wall for each in samples)
    cpu = median(each.cpu for each in samples)
    return [name, f"{wall * 1e6:,.0f} us", "", f"{cpu * 1e6:,.0f} us"]


def rows(path: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", newline="") as file:
        for line in csv.DictReader(file):
            if line["follower"] != line["followee"]:
                yield line["follower"], line["followee"]


def follows(path: Path) -> Iterator[tuple[Ref, Ref]]:
    for follower, followee in rows(path):
        yield Ref("account", follower), Ref("account", followee)


def create_accounts(path: Path) -> Counter[str]:
    """Return how many followers each has."""
    pairs = set(rows(path))
    numbers = {number for pair in pairs for number in pair}
    Account.objects.bulk_create(
        [Account(pk=int(number)) for number in numbers], batch_size=1000
    )
    return Counter(followee for _, followee in pairs)
