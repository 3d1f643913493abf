"""The file of follows, and its way into the database."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar

from django.db import transaction
from tqdm import tqdm

from demo import figures, privacy
from demo.models import Account, Import
from demo.people import PersonMaker
from sequere.models import follow_many, get_followers_counts
from sequere.types import Ref

T = TypeVar("T")

FILE = Path(__file__).parent.parent / "data" / "nostr.follows.csv.gz"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Small enough to show progress every second.
CHUNK_SIZE = 2000
SAMPLE_SIZE = 1000
PERSON_FIELDS = ["name", "handle", "about"]


class Row(NamedTuple):
    follower: int
    followee: int
    when: datetime

    @property
    def follow(self) -> tuple[Ref, Ref, datetime]:
        return account_ref(self.follower), account_ref(self.followee), self.when


def account_ref(key: int) -> Ref:
    """Return a ref, so that the row of the account need not be read."""
    return Ref("account", str(key))


def read(path: Path = FILE) -> Iterator[Row]:
    with gzip.open(path, "rt", newline="") as file:
        for follower, followee, seconds, pos in islice(csv.reader(file), 1, None):
            when = moment(int(seconds), int(pos))
            yield Row(int(follower), int(followee), when)


def moment(seconds: int, pos: int) -> datetime:
    """Return the time of a follow. Microseconds keep the order of a list, whose follows
    share one time.
    """
    return EPOCH + timedelta(seconds=seconds, microseconds=pos)


def load(path: Path = FILE) -> None:
    """Import the rest of `path`. After a complete import, the file is not read."""
    state = import_state()
    if is_complete(state):
        return
    rows = list(watch("Reading the file", read(path)))
    # The accounts come first: a follow of a missing row is refused.
    add_accounts({key for row in rows for key in (row.follower, row.followee)})
    privacy.open_all()
    with progress("Importing follows", len(rows), state.rows) as bar:
        for chunk in chunks(rows[state.rows :]):
            add_follows(chunk, state)
            bar.update(len(chunk))
    privacy.make_some_private()
    state.figures = figures.dump(figures.gather(watch("Counting", rows)))
    state.complete = True
    state.save()


def import_state() -> Import:
    state, _ = Import.objects.get_or_create(pk=1)
    if state.rows and not any_follow():
        # The follows are kept in another store now, or the store was emptied.
        state.rows, state.complete = 0, False
    return state


def is_pending() -> bool:
    """Return whether load() has something to do."""
    return not is_complete(import_state())


def is_complete(state: Import) -> bool:
    return state.complete and figures.load(state.figures) is not None


def any_follow() -> bool:
    """Return whether the store has follows of the accounts that came first."""
    keys = Account.objects.order_by("pk").values_list("pk", flat=True)[:SAMPLE_SIZE]
    return any(get_followers_counts(map(account_ref, keys)).values())


def add_accounts(keys: set[int]) -> None:
    """Add the accounts of `keys` that have no row, or no name."""
    named = Account.objects.exclude(name="").values_list("pk", flat=True)
    missing = sorted(keys.difference(named))
    maker = PersonMaker()
    with progress("Making up people", len(missing)) as bar:
        for chunk in chunks(missing):
            people = [Account(pk=key, **maker.make(key)._asdict()) for key in chunk]
            Account.objects.bulk_create(
                people,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=PERSON_FIELDS,
            )
            bar.update(len(chunk))


@transaction.atomic
def add_follows(chunk: Sequence[Row], state: Import) -> None:
    """Add all of `chunk`, and how far the import has come, or nothing."""
    follow_many(row.follow for row in chunk)
    state.rows += len(chunk)
    state.save()


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK_SIZE):
        yield items[start : start + CHUNK_SIZE]


def watch(title: str, items: Iterable[T]) -> Iterator[T]:
    """Yield `items`, and show how many have been taken."""
    with progress(title) as bar:
        for item in items:
            yield item
            bar.update()


def progress(title: str, total: int | None = None, done: int = 0) -> tqdm[NoReturn]:
    # Some terminals do not tell how wide they are; tqdm would print nothing there.
    width = min(shutil.get_terminal_size().columns, 80)
    return tqdm(total=total, initial=done, desc=title, ncols=width)
