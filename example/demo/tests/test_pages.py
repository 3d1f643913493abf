from __future__ import annotations

from urllib.parse import quote

from demo.models import Account
from demo.tests.sample import FANS, SampleTestCase, listed, part, words
from sequere.models import follow_many


class HomeTest(SampleTestCase):
    def test_most_followed_first(self) -> None:
        page = self.fetch("/")
        self.assertIn("45 followers", page)
        self.assertEqual(listed(page, "top")[:2], ["account-1", "account-10"])

    def test_who_acts_as_no_one_is_invited(self) -> None:
        page = self.fetch("/")
        self.assertIn("Try it as one of these accounts", page)
        self.assertIn(f'action="{self.hub.act_url()}"', page)
        self.assertNotIn("Who to follow", page)

    def test_suggestions_have_reasons(self) -> None:
        others = Account.objects.filter(pk__in=FANS[1:5])
        follow_many((self.visitor, other) for other in others)
        self.act_as(self.visitor)
        page = part(self.fetch("/"), 'id="who-to-follow"')
        self.assertEqual(listed(page, "suggested"), ["account-1"])
        self.assertIn(
            "Followed by Person 14, Person 13 and 2 others you follow",
            words(page),
        )

    def test_no_suggestions_yet(self) -> None:
        self.act_as(self.lonely)
        page = part(self.fetch("/"), 'id="who-to-follow"')
        self.assertIn("Follow someone first.", page)

    def test_topics(self) -> None:
        self.assertIn('href="/topic/music/"', self.fetch("/"))


class PeopleTest(SampleTestCase):
    def test_most_followed(self) -> None:
        page = self.fetch("/people/")
        self.assertEqual(listed(page, "top")[:2], ["account-1", "account-10"])
        self.assertEqual(len(listed(page, "top")), 3 + len(FANS))

    def test_counts_are_not_cached(self) -> None:
        self.fetch("/people/")
        self.visitor.follow(self.hub)
        self.assertIn("46 followers", self.fetch("/people/"))


class TopicsTest(SampleTestCase):
    def test_topics(self) -> None:
        self.lonely.follow(self.music)
        page = self.fetch("/topics/")
        self.assertEqual(listed(page, "topic")[:2], ["topic-music", "topic-astronomy"])
        self.assertEqual(len(listed(page, "topic")), 10)

    def test_followers(self) -> None:
        self.lonely.follow(self.music)
        page = self.fetch("/topic/music/")
        self.assertEqual(listed(page, "followers"), ["account-3"])

    def test_followed_by_an_account(self) -> None:
        self.lonely.follow(self.music)
        page = self.fetch("/account/3/followings/")
        self.assertEqual(listed(page, "followings"), ["topic-music"])


class ProfileTest(SampleTestCase):
    def test_counts(self) -> None:
        counts = {"followers": "45", "followings": "1", "friends": "1"}
        for path in ("", "followings/", "friends/"):
            with self.subTest(path):
                self.assertEqual(self.tabs(f"/account/1/{path}"), counts)

    def test_one_is_singular(self) -> None:
        self.assertIn(
            "0 followers 0 following 0 friends", self.tab_texts("/account/2/")
        )
        self.visitor.follow(self.hub)
        self.hub.follow(self.visitor)
        self.assertIn("1 follower 1 following 1 friend", self.tab_texts("/account/2/"))

    def tab_texts(self, url: str) -> str:
        return words(part(self.fetch(url), 'id="counts"', "</nav>"))

    def test_lists(self) -> None:
        for name in ("followings", "friends"):
            with self.subTest(name):
                page = self.fetch(f"/account/1/{name}/")
                self.assertEqual(listed(page, name), ["account-10"])
                self.assertIn(f'aria-current="page" data-tab="{name}"', page)

    def test_nothing_yet(self) -> None:
        for path, text in {
            "": "has no followers yet",
            "followings/": "does not follow anyone yet",
            "friends/": "has no friends yet",
        }.items():
            with self.subTest(path):
                self.assertIn(text, self.fetch(f"/account/3/{path}"))

    def test_known_followers(self) -> None:
        others = Account.objects.filter(pk__in=FANS[1:4])
        for number, text in enumerate(
            [
                "Followed by Person 11, who you follow",
                "Followed by Person 12 and Person 11, who you follow",
                "Followed by Person 13, Person 12 and 1 other you follow",
            ]
        ):
            self.visitor.follow(others[number])
            self.act_as(self.visitor)
            with self.subTest(text):
                known = part(self.fetch("/account/1/"), 'id="known"', "</div>")
                self.assertIn(text, words(known))

    def test_common_followings(self) -> None:
        self.visitor.follow(Account.objects.get(pk=10))
        self.act_as(self.visitor)
        common = part(self.fetch("/account/1/"), 'id="common"')
        self.assertIn("You both follow 1:", words(common))
        self.assertIn('href="/account/10/"', common)

    def test_nothing_in_common(self) -> None:
        self.act_as(self.visitor)
        page = self.fetch("/account/1/")
        self.assertNotIn("In common with you", page)
        self.assertNotIn("you follow", words(page))

    def test_suggestions(self) -> None:
        self.visitor.follow(Account.objects.get(pk=11))
        self.act_as(self.visitor)
        page = self.fetch("/account/3/")
        self.assertEqual(listed(page, "suggested"), ["account-1"])
        self.assertIn("Followed by Person 11, who you follow", words(page))

    def test_who_follows_the_visitor(self) -> None:
        self.act_as(Account.objects.get(pk=10))
        self.assertIn("Follows you", self.fetch("/account/1/"))

    def test_oneself(self) -> None:
        self.act_as(self.hub)
        page = self.fetch("/account/1/")
        self.assertIn("This is you.", page)
        self.assertNotIn('data-sequere-follow="account:1"', page)
        self.assertNotIn("Act as this", page)

    def test_made_up_people_are_said_to_be(self) -> None:
        page = self.fetch("/account/2/")
        for text in ("Person 2", "@person2", "Line 2", "descriptions are made up"):
            self.assertIn(text, words(page))

    def test_unknown(self) -> None:
        for url in ("/account/99/", "/account/x/", "/topic/none/", "/nothing/"):
            with self.subTest(url):
                self.assertIn("Page not found", self.fetch(url, 404))

    def test_enormous_id(self) -> None:
        for digits in (19, 40, 5000):
            self.fetch(f"/account/{'9' * digits}/", 404)


class SearchTest(SampleTestCase):
    def test_the_one_thing_of_that_name(self) -> None:
        for query, url in {
            "1": "/account/1/",
            " 1 ": "/account/1/",
            "@person1": "/account/1/",
            "Person1": "/account/1/",
            "Music": "/topic/music/",
            "%23music": "/topic/music/",
        }.items():
            with self.subTest(query):
                response = self.client.get(f"/search/?q={query}")
                self.assertRedirects(response, url)

    def test_parts_of_names(self) -> None:
        Account.objects.filter(pk=2).update(name="Ada O'Brien", handle="ada2")
        for query, anchors in {
            "o'b": ["account-2"],
            "BRIEN ad": ["account-2"],
            "da2": ["account-2"],
            "photo": ["topic-photography"],
            "erson 1": ["account-1", "account-10"],
        }.items():
            with self.subTest(query):
                found = self.search(query)
                self.assertEqual(found[: len(anchors)], anchors)

    def test_the_most_followed_of_many(self) -> None:
        page = self.fetch("/search/?q=person")
        self.assertIn("48 names. These are the 20 most followed.", words(page))
        found = listed(page, "found")
        self.assertEqual((len(found), found[:2]), (20, ["account-1", "account-10"]))

    def test_one(self) -> None:
        self.assertIn("found 1 name.", self.fetch("/search/?q=photo"))

    def test_nonsense(self) -> None:
        for query in ("99", "-1", "1.5", "blah", "%00", "9" * 5000, "<b>", "%25", "_"):
            with self.subTest(query):
                self.assertIn("Nothing was found", self.fetch(f"/search/?q={query}"))

    def test_no_word(self) -> None:
        for query in ("", "%20"):
            self.assertEqual(self.search(query), [])
        self.assertNotIn("Nothing was found", self.fetch("/search/"))

    def search(self, query: str) -> list[str]:
        return listed(self.fetch(f"/search/?q={quote(query)}"), "found")
