"""The queries of a page: as many for one row as for many rows."""

from __future__ import annotations

from unittest.mock import patch

from demo.cost import count_trip
from demo.models import Account
from demo.tests.sample import (
    EARLIER,
    FANS,
    HUB,
    PART,
    SampleTestCase,
    accounts,
    where_to,
)
from sequere.models import follow_many, get_followers


class CostTest(SampleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.act_as(self.visitor)

    def test_profile(self) -> None:
        # The visitor and the account; a page of the list and what is on it; the states
        # and the counts of all that is shown; the counts of followings and of friends
        # (two). Which rows of the list the visitor blocks or mutes (two). For a visitor
        # who follows nobody: suggestions (one), known followers (two) and common
        # followings (two).
        with self.assertNumQueries(16):
            self.fetch("/account/1/")

    def test_more_of_everything_costs_the_same(self) -> None:
        for size in (20, 500):
            self.grow(size)
            # Each of the last three reads edges and instances, and suggestions read
            # edges three times more, and which reasons the visitor may see. Known
            # followers read which of them the visitor mutes.
            with self.subTest(size), self.assertNumQueries(28):
                self.fetch(f"/account/{HUB}/")

    def test_private_accounts_in_a_list_cost_the_same(self) -> None:
        Account.objects.filter(pk__in=FANS).update(is_private=True)
        with self.assertNumQueries(16):
            self.fetch("/account/1/")

    def test_a_second_model_is_one_more_query(self) -> None:
        self.music.follow(self.hub)
        # The counts and the buttons of both models are still one query each.
        with self.assertNumQueries(17):
            self.fetch("/account/1/")

    def test_part_of_a_list(self) -> None:
        url = where_to(EARLIER.search(self.fetch("/account/1/")))
        # The visitor and the account; a page, what is on it, and what of it the visitor
        # blocks or mutes; states and counts.
        with self.assertNumQueries(8):
            self.fetch(url, headers=PART)

    def test_home(self) -> None:
        self.fetch("/")
        # The visitor; who to follow; twelve accounts, their states and counts; topics.
        with self.assertNumQueries(6):
            self.fetch("/")
        self.grow(100)
        # Five more to find accounts, one for them, their states and counts.
        with self.assertNumQueries(13):
            self.fetch("/")

    def test_lists(self) -> None:
        for url, queries in {"/people/": 4, "/topics/": 4, "/you/": 3}.items():
            self.fetch(url)
            with self.subTest(url), self.assertNumQueries(queries):
                self.fetch(url)

    def test_summary_of_all_accounts(self) -> None:
        Account.objects.bulk_create(accounts(range(100, 2000)))
        # Three more: the keys of all, their counts and the figures; then the top.
        with self.assertNumQueries(8):
            self.fetch("/people/")

    def test_graph(self) -> None:
        with self.assertNumQueries(2):
            self.fetch("/graph/")

    def grow(self, size: int) -> None:
        """Let `size` more follow the hub and the visitor follow them."""
        begin = 1000 + Account.objects.count()
        Account.objects.bulk_create(accounts(range(begin, begin + size)))
        fans = list(Account.objects.filter(pk__gte=begin))
        first = Account.objects.get(pk=FANS[0])
        follow_many((fan, self.hub) for fan in fans)
        follow_many((fan, first) for fan in fans)
        follow_many((self.visitor, fan) for fan in fans)
        follow_many((self.hub, fan) for fan in fans)


class FootTest(SampleTestCase):
    def test_queries_are_those_that_were_made(self) -> None:
        with self.assertNumQueries(7):
            page = self.fetch("/account/1/")
        self.assertIn('data-queries="7" data-trips="0"', page)
        self.assertIn("kept in <strong>SQLite</strong>", page)

    def test_round_trips(self) -> None:
        def ask(*args: object, **options: object) -> object:
            count_trip()
            return get_followers(self.hub)

        with patch.dict("demo.listing.LISTS", {"followers": ask}):
            page = self.fetch("/account/1/")
        self.assertIn('data-trips="1"', page)

    def test_each_page_anew(self) -> None:
        for _ in range(2):
            self.assertIn('data-queries="1"', self.fetch("/graph/"))

    def test_outside_of_a_request_nothing_is_counted(self) -> None:
        count_trip()
