from __future__ import annotations

import re

from demo.models import Account
from demo.tests.sample import FANS, HUB, SampleTestCase
from sequere.models import follow_many

LISTED = re.compile(r'<li id="followers-account-(\d+)">')
EARLIER = re.compile(r'href="([^"]+)" rel="next"')


class PagesTest(SampleTestCase):
    def test_home_shows_the_most_followed_first(self) -> None:
        page = self.fetch("/")
        self.assertIn("45 followers", page)
        self.assertEqual(re.findall(r'id="top-account-(\d+)"', page)[:2], ["1", "10"])

    def test_most_followed(self) -> None:
        page = self.fetch("/most-followed/")
        self.assertIn("Account 10</a>", page)

    def test_counts_of_most_followed_are_not_cached(self) -> None:
        self.fetch("/most-followed/")
        self.visitor.follow(self.hub)
        self.assertIn("46 followers", self.fetch("/most-followed/"))

    def test_account(self) -> None:
        page = self.fetch("/account/1/")
        counts = re.findall(r"<dd>(\d+)</dd>", page)
        self.assertEqual(counts, ["45", "1", "1"])
        self.assertIn('<li id="followings-account-10">', page)

    def test_pages_show_everyone_once_newest_first(self) -> None:
        seen, url = [], "/account/1/"
        while url:
            page = self.fetch(url)
            seen += LISTED.findall(page)
            following = EARLIER.search(page)
            url = following[1].replace("&amp;", "&") if following else ""
        self.assertEqual(seen, [str(key) for key in reversed(FANS)])

    def test_empty_account(self) -> None:
        page = self.fetch("/account/3/")
        self.assertIn("has no followers yet", page)
        self.assertIn("follows nothing yet", page)

    def test_topics(self) -> None:
        self.assertIn("#music", self.fetch("/topics/"))

    def test_topic_shows_its_followers(self) -> None:
        self.lonely.follow(self.music)
        self.assertIn("followers-account-3", self.fetch("/topic/music/"))

    def test_account_shows_the_topic_it_follows(self) -> None:
        self.lonely.follow(self.music)
        self.assertIn("followings-topic-music", self.fetch("/account/3/"))

    def test_unknown(self) -> None:
        for url in ("/account/99/", "/account/x/", "/topic/none/", "/nothing/"):
            with self.subTest(url):
                self.assertIn("Nothing here", self.fetch(url, 404))

    def test_enormous_id(self) -> None:
        for digits in (19, 40, 5000):
            self.fetch(f"/account/{'9' * digits}/", 404)

    def test_damaged_cursor(self) -> None:
        for cursor in ("x", "%00", "e30", "%F0%9F%8C%8D"):
            with self.subTest(cursor):
                self.fetch(f"/account/1/?followers={cursor}", 400)

    def test_cursor_of_another_list(self) -> None:
        following = EARLIER.search(self.fetch("/account/1/"))
        assert following
        query = following[1].partition("?")[2].partition("#")[0]
        self.fetch(f"/account/3/?{query}", 400)

    def test_empty_cursor_is_the_first_page(self) -> None:
        self.assertIn("Newest followers", self.fetch("/account/1/?followers="))


class SearchTest(SampleTestCase):
    def test_found(self) -> None:
        for query, url in {
            "1": "/account/1/",
            " 1 ": "/account/1/",
            "Music": "/topic/music/",
            "%23music": "/topic/music/",
        }.items():
            with self.subTest(query):
                response = self.client.get(f"/search/?q={query}")
                self.assertRedirects(response, url)

    def test_nonsense(self) -> None:
        for query in ("99", "-1", "1.5", "blah blah", "%00", "9" * 5000, "<b>"):
            with self.subTest(query):
                self.assertIn("No account or topic", self.fetch(f"/search/?q={query}"))

    def test_no_word(self) -> None:
        self.assertNotIn("No account or topic", self.fetch("/search/"))


class CostTest(SampleTestCase):
    """The queries of a page: bounded, and the same for one row and for many."""

    def setUp(self) -> None:
        super().setUp()
        self.act_as(self.visitor)

    def test_account(self) -> None:
        # The visitor and the account; two pages and what is on them; the counts of
        # all that is shown, of followings, and of friends (two); the state of all
        # buttons.
        self.lonely.follow(self.visitor)
        self.visitor.follow(self.lonely)
        for url in ("/account/1/", "/account/3/"):
            with self.subTest(url), self.assertNumQueries(11):
                self.fetch(url)

    def test_a_second_model_is_one_more_query_a_list(self) -> None:
        self.hub.follow(self.music)
        # The counts and the buttons of both models are still one query each.
        with self.assertNumQueries(12):
            self.fetch("/account/1/")

    def test_topics(self) -> None:
        with self.assertNumQueries(4):
            self.fetch("/topics/")

    def test_lists_of_accounts(self) -> None:
        for url in ("/", "/most-followed/", "/you/"):
            self.fetch(url)
            with self.subTest(url), self.assertNumQueries(5 if "you" in url else 4):
                self.fetch(url)

    def test_more_accounts_cost_no_more(self) -> None:
        Account.objects.bulk_create(map(Account, range(100, 2000)))
        fans = Account.objects.filter(pk__gte=100)
        follow_many((fan, self.hub) for fan in fans)
        # Cold: the keys of all accounts, and their counts.
        with self.assertNumQueries(6):
            self.fetch("/most-followed/")
        with self.assertNumQueries(11):
            self.fetch(f"/account/{HUB}/")
