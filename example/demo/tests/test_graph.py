from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from django.test import TestCase

from demo import figures, graph
from demo.models import Account, Import
from demo.people import PersonMaker
from sequere.handler import get_backend
from sequere.models import (
    get_follow_requests_count,
    get_followers,
    get_followers_count,
    get_followings,
)

ROWS = [(1, 2), (1, 3), (1, 4), (2, 1), (3, 1), (4, 1), (5, 1)]


@contextmanager
def sample_file() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "sample.csv.gz")
        with gzip.open(path, "wt") as file:
            print("follower,followee,list_created_at,pos", file=file)
            for pos, (follower, followee) in enumerate(ROWS):
                print(f"{follower},{followee},{1000 + follower},{pos}", file=file)
        yield path


@patch("demo.graph.CHUNK_SIZE", 3)
@patch("demo.graph.tqdm")
class LoadTest(TestCase):
    def test_all(self, bar: object) -> None:
        self.load()
        self.check()

    def test_order_of_a_list(self, bar: object) -> None:
        self.load()
        keys = [other.pk for other, _ in get_followings(graph.account_ref(1))]
        self.assertEqual(keys, [4, 3, 2])

    def test_second_time_reads_no_file(self, bar: object) -> None:
        self.load()
        with self.assertNumQueries(3):
            graph.load(Path("no-such-file"))

    def test_a_store_that_was_emptied(self, bar: object) -> None:
        self.load()
        get_backend().clear()
        self.load()
        self.check()

    def test_interrupted(self, bar: object) -> None:
        for rows in (0, 3, 6):
            with self.subTest(rows):
                self.load_until(rows)
                self.assertEqual(Import.objects.get().rows, rows)
        self.load()
        self.check()

    def load(self) -> None:
        with sample_file() as path:
            graph.load(path)

    def load_until(self, rows: int) -> None:
        """Interrupt the import after `rows`, in the middle of the next chunk."""

        def save(state: Import, **kwargs: Any) -> None:
            if state.rows > rows:
                raise KeyboardInterrupt
            state.save_base(**kwargs)

        with patch.object(Import, "save", save), self.assertRaises(KeyboardInterrupt):
            self.load()

    def test_accounts_have_the_names_of_their_numbers(self, bar: object) -> None:
        self.load()
        maker = PersonMaker()
        for account in Account.objects.all():
            person = maker.make(account.pk)
            self.assertEqual(
                (account.name, account.handle, account.about), tuple(person)
            )

    def test_accounts_of_an_older_import_get_names(self, bar: object) -> None:
        self.load()
        Account.objects.filter(pk__lt=4).update(name="", handle="", suspended=True)
        Import.objects.update(figures="")
        self.load()
        self.check()
        self.assertFalse(Account.objects.filter(name="").exists())
        self.assertEqual(Account.objects.filter(suspended=True).count(), 3)

    def test_pending_until_it_is_complete(self, bar: object) -> None:
        self.assertTrue(graph.is_pending())
        self.load_until(3)
        self.assertTrue(graph.is_pending())
        self.load()
        self.assertFalse(graph.is_pending())

    def test_figures_of_an_older_import_are_made_up_for(self, bar: object) -> None:
        self.load()
        Import.objects.update(figures="")
        self.load()
        self.check()

    def test_one_account_in_eight_is_private(self, bar: object) -> None:
        private = Account.objects.filter(is_private=True)
        for store in ("new", "emptied"):
            with self.subTest(store):
                get_backend().clear()
                self.load()
                self.check()
                self.assertEqual([account.pk for account in private], [2])
                # No follow became a request.
                self.assertEqual(get_follow_requests_count(private.get()), 0)

    def check(self) -> None:
        self.assertTrue(Import.objects.get().complete)
        found = figures.stored()
        self.assertEqual(found.follows if found else 0, len(ROWS))
        self.assertEqual(Account.objects.count(), 5)
        account = Account.objects.get(pk=1)
        self.assertEqual(get_followers_count(account), 4)
        self.assertEqual([f.pk for f, _ in get_followers(account)], [5, 4, 3, 2])
