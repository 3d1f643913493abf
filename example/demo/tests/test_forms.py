from __future__ import annotations

from urllib.parse import quote

from django.test import Client

from demo.tests.sample import SampleTestCase
from sequere.models import is_following


class FollowTest(SampleTestCase):
    def test_follow_and_unfollow(self) -> None:
        self.act_as(self.visitor)
        self.client.post(self.hub.follow_url())
        self.assertTrue(is_following(self.visitor, self.hub))
        self.assertIn('aria-label="Following account 1: unfollow"', self.page())
        self.client.post(self.hub.unfollow_url())
        self.assertFalse(is_following(self.visitor, self.hub))
        self.assertIn('aria-label="Follow account 1"', self.page())

    def test_twice_is_once(self) -> None:
        self.act_as(self.visitor)
        for url in [self.hub.follow_url()] * 2 + [self.hub.unfollow_url()] * 2:
            self.assertRedirects(self.client.post(url), "/account/1/")

    def test_topic_follows_account(self) -> None:
        self.act_as(self.music)
        self.client.post(self.hub.follow_url())
        self.assertTrue(is_following(self.music, self.hub))

    def test_oneself(self) -> None:
        self.act_as(self.hub)
        self.assertNotIn(self.hub.follow_url(), self.page())
        response = self.client.post(self.hub.follow_url(), follow=True)
        self.assertContains(response, "nothing follows itself")

    def test_unknown(self) -> None:
        self.act_as(self.visitor)
        response = self.client.post("/account/99/follow/")
        self.assertEqual(response.status_code, 404)

    def test_no_one_in_particular_is_asked(self) -> None:
        there = "/account/1/?a=b#followers"
        for url in (self.hub.follow_url(), self.hub.unfollow_url()):
            response = self.client.post(url, {"next": there}, follow=True)
            self.assertContains(response, "Pick who you are, then follow.")
            asked = f"/you/?next={quote(there, safe='')}"
            self.assertEqual(response.redirect_chain[0][0], asked)

    def test_get_changes_nothing(self) -> None:
        self.act_as(self.visitor)
        urls = (self.hub.follow_url(), self.hub.unfollow_url(), self.hub.act_url())
        for url in (*urls, "/you/leave/"):
            self.fetch(url, 405)

    def test_csrf(self) -> None:
        client = Client(enforce_csrf_checks=True)
        for url in (self.hub.follow_url(), self.hub.act_url(), "/you/"):
            self.assertContains(client.post(url), "too old", status_code=403)

    def page(self) -> str:
        return self.fetch("/account/1/")


class BackTest(SampleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.act_as(self.visitor)

    def test_path_of_this_site(self) -> None:
        for url in ("/", "/most-followed/#top-account-1", "/account/1/?followers=x"):
            self.assertEqual(self.follow(url), url)

    def test_anything_else(self) -> None:
        for url in (
            "http://example.com/",
            "//example.com/",
            "/\\example.com/",
            "\\\\example.com/",
            "http://testserver/",
            "javascript:alert(1)",
            "home",
            "",
        ):
            with self.subTest(url):
                self.assertEqual(self.follow(url), "/account/1/")

    def test_line_breaks_make_no_header(self) -> None:
        self.assertNotIn("\n", self.follow("/\nSet-Cookie: a=b"))

    def follow(self, url: str) -> str:
        response = self.client.post(self.hub.follow_url(), {"next": url})
        self.assertEqual(response.status_code, 302)
        return response["Location"]


class VisitorTest(SampleTestCase):
    def test_nobody_at_first(self) -> None:
        self.assertIn("Pick who you are", self.fetch("/account/1/"))

    def test_by_name(self) -> None:
        for query, name in {"2": "account 2", "music": "#music"}.items():
            response = self.client.post("/you/", {"q": query}, follow=True)
            self.assertContains(response, f"You are {name} now.")

    def test_goes_on_where_the_visitor_came_from(self) -> None:
        self.assertIn('value="/topics/"', self.fetch("/you/?next=/topics/"))
        response = self.client.post("/you/", {"q": "2", "next": "/topics/"})
        self.assertRedirects(response, "/topics/")

    def test_nonsense(self) -> None:
        response = self.client.post("/you/", {"q": "99"})
        self.assertContains(response, "No account or topic is called")

    def test_leave(self) -> None:
        self.act_as(self.visitor)
        self.client.post("/you/leave/")
        self.assertIn("Pick who you are", self.fetch("/"))

    def test_account_that_is_gone(self) -> None:
        self.act_as(self.lonely)
        self.lonely.delete()
        self.assertIn("Pick who you are", self.fetch("/"))
