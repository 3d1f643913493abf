"""The file of follows, and its way into the database."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from tqdm import tqdm

from demo import figures
from demo.models import Account, Import
from sequere.models import follow_many, get_followers_counts
from sequere.types import Ref

FILE = Path(__file__).parent.parent / "data" / "nostr.follows.csv.gz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHUNK_SIZE = 5000
SAMPLE_SIZE = 1000


class Row(NamedTuple):
    follower: int
    followee: int
    when: datetime

    @property
    def follow(self) -> tuple[Ref, Ref, datetime]:
        return account_ref(self.follower), account_ref(self.followee), self.when


def account_ref(key: int) -> Ref:
    """Stands for the instance, which need not be read."""
    return Ref("account", str(key))


def read(path: Path = FILE) -> Iterator[Row]:
    with gzip.open(path, "rt", newline="") as file:
        for follower, followee, seconds, pos in islice(csv.reader(file), 1, None):
            when = moment(int(seconds), int(pos))
            yield Row(int(follower), int(followee), when)


def moment(seconds: int, pos: int) -> datetime:
    """The follows of a list share one time: microseconds keep their order."""
    return EPOCH + timedelta(seconds=seconds, microseconds=pos)


def load(path: Path = FILE) -> None:
    """Import `path`, or what is left of it. Nothing is read once it is complete."""
    state, _ = Import.objects.get_or_create(pk=1)
    if state.rows and not any_follow():
        # The store is another one, or was emptied.
        state.rows, state.complete = 0, False
    if state.complete and figures.load(state.figures):
        return
    rows = list(read(path))
    with tqdm(
        total=len(rows), initial=state.rows, unit=" follows", desc="Importing"
    ) as bar:
        for start in range(state.rows, len(rows), CHUNK_SIZE):
            chunk = rows[start : start + CHUNK_SIZE]
            add(chunk, state)
            bar.update(len(chunk))
    state.figures = figures.dump(figures.gather(rows))
    state.complete = True
    state.save()


def any_follow() -> bool:
    """Does the store have follows of the accounts that came first?"""
    keys = Account.objects.order_by("pk").values_list("pk", flat=True)[:SAMPLE_SIZE]
    return any(get_followers_counts(map(account_ref, keys)).values())


@transaction.atomic
def add(chunk: Sequence[Row], state: Import) -> None:
    """All or nothing: what is added, and how far the import has come."""
    keys = {key for row in chunk for key in (row.follower, row.followee)}
    # Before the follows, which are refused to what has no row.
    accounts = [Account(pk=key) for key in keys]
    Account.objects.bulk_create(accounts, ignore_conflicts=True)
    follow_many(row.follow for row in chunk)
    state.rows += len(chunk)
    state.save()
