from __future__ import annotations

from urllib.parse import quote

from django.test import Client
from django.urls import reverse

from demo.models import Account, Thing
from demo.tests.sample import SampleTestCase, words
from sequere.models import is_following


def follow_url(thing: Thing) -> str:
    return reverse("sequere:follow", args=[thing.kind, thing.pk])


class FollowTest(SampleTestCase):
    """The package has the button and the endpoint, and the demo has the viewer."""

    def test_follow_and_unfollow(self) -> None:
        self.act_as(self.visitor)
        self.client.post(follow_url(self.hub))
        self.assertTrue(is_following(self.visitor, self.hub))
        self.assertIn('aria-label="Following Person 1"', self.page())
        self.client.post(follow_url(self.hub), {"action": "unfollow"})
        self.assertFalse(is_following(self.visitor, self.hub))
        self.assertIn('aria-label="Follow Person 1"', self.page())

    def test_in_place(self) -> None:
        self.act_as(self.visitor)
        response = self.client.post(
            follow_url(self.hub), headers={"Accept": "application/json"}
        )
        self.assertEqual(response.json()["followers_count"], 46)
        self.assertEqual(self.tabs("/account/1/")["followers"], "46")

    def test_topic_follows_account(self) -> None:
        self.act_as(self.music)
        self.client.post(follow_url(self.hub))
        self.assertTrue(is_following(self.music, self.hub))

    def test_account_follows_topic(self) -> None:
        self.act_as(self.lonely)
        self.client.post(follow_url(self.music))
        self.assertTrue(is_following(self.lonely, self.music))

    def test_refused(self) -> None:
        self.act_as(self.hub)
        for url, status in {
            follow_url(self.hub): 400,
            "/follows/follow/account/99": 404,
            "/follows/follow/nothing/1": 404,
        }.items():
            with self.subTest(url):
                response = self.client.post(url)
                self.assertContains(
                    response, "Something went wrong", status_code=status
                )
                self.assertContains(response, "<main", status_code=status)

    def test_no_one_in_particular_is_asked(self) -> None:
        there = "/account/1/?a=b"
        response = self.client.post(follow_url(self.hub), {"next": there}, follow=True)
        self.assertContains(response, "Pick who you are, then follow")
        self.assertContains(response, f'value="{there}"')
        self.assertEqual(response.redirect_chain[0][0], f"/you/?next={quote(there)}")

    def test_button_of_no_one_leads_there(self) -> None:
        self.assertIn('<a href="/you/?next=/account/1/"', self.page())

    def test_get_changes_nothing(self) -> None:
        self.act_as(self.visitor)
        for url in (follow_url(self.hub), self.hub.act_url(), "/you/leave/"):
            self.fetch(url, 405)

    def test_csrf(self) -> None:
        client = Client(enforce_csrf_checks=True)
        for url in (follow_url(self.hub), self.hub.act_url(), "/you/", "/you/leave/"):
            self.assertContains(client.post(url), "too old", status_code=403)

    def page(self) -> str:
        return self.fetch("/account/1/")


class BackTest(SampleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.act_as(self.visitor)

    def test_path_of_this_site(self) -> None:
        for url in ("/", "/people/", "/account/1/?after=x"):
            self.assertEqual(self.follow(url), url)
            self.assertEqual(self.act(url), url)

    def test_anything_else(self) -> None:
        for url in (
            "http://example.com/",
            "//example.com/",
            "/\\example.com/",
            "\\\\example.com/",
            "javascript:alert(1)",
            "",
        ):
            with self.subTest(url):
                self.assertEqual(self.follow(url), "/account/1/")
                self.assertEqual(self.act(url), "/account/1/")

    def test_line_breaks_make_no_header(self) -> None:
        self.assertNotIn("\n", self.follow("/\nSet-Cookie: a=b"))
        self.assertNotIn("\n", self.act("/\nSet-Cookie: a=b"))

    def follow(self, url: str) -> str:
        return self.send(follow_url(self.hub), url)

    def act(self, url: str) -> str:
        return self.send(self.hub.act_url(), url)

    def send(self, action: str, url: str) -> str:
        self.act_as(self.visitor)
        response = self.client.post(action, {"next": url})
        self.assertEqual(response.status_code, 302)
        return response["Location"]


class VisitorTest(SampleTestCase):
    def test_nobody_at_first(self) -> None:
        self.assertIn("Pick who you are", self.fetch("/account/1/"))

    def test_by_name(self) -> None:
        for query, name in {
            "2": "Person 2",
            "person3": "Person 3",
            "music": "#music",
        }.items():
            response = self.client.post("/you/", {"q": query}, follow=True)
            self.assertContains(response, f"You are {name} now.")

    def test_goes_on_where_the_visitor_came_from(self) -> None:
        self.assertIn('value="/topics/"', self.fetch("/you/?next=/topics/"))
        response = self.client.post("/you/", {"q": "2", "next": "/topics/"})
        self.assertRedirects(response, "/topics/")

    def test_by_a_part_of_a_name(self) -> None:
        response = self.client.post("/you/", {"q": "person 5", "next": "/topics/"})
        self.assertContains(response, f'action="{Account(pk=50).act_url()}"')
        self.assertNotContains(response, f'action="{Account(pk=49).act_url()}"')
        self.assertContains(response, 'value="/topics/"')

    def test_nonsense(self) -> None:
        response = self.client.post("/you/", {"q": "99"})
        self.assertContains(response, "Nothing was found for “99”.")

    def test_leave(self) -> None:
        self.assertNotIn("/you/leave/", self.fetch("/you/"))
        self.act_as(self.visitor)
        self.assertIn('action="/you/leave/"', self.fetch("/you/"))
        self.client.post("/you/leave/")
        self.assertIn("Pick who you are", words(self.fetch("/")))

    def test_account_that_is_gone(self) -> None:
        self.act_as(self.lonely)
        self.lonely.delete()
        self.assertIn("Pick who you are", words(self.fetch("/")))
