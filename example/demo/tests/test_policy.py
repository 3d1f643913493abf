from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.test import Client

from demo.models import Account, Thing
from demo.tests.sample import FANS, SampleTestCase, listed, part, words
from sequere.models import (
    block,
    follow,
    get_follow_requests,
    is_blocking,
    is_following,
    is_muting,
    mute,
)


class PolicyTestCase(SampleTestCase):
    fan: Account

    def setUp(self) -> None:
        super().setUp()
        self.fan = Account.objects.get(pk=FANS[-1])
        self.act_as(self.visitor)

    def change(self, thing: Thing, action: str) -> None:
        data = {"action": action, "next": "/people/"}
        response = self.client.post(thing.change_url(), data)
        self.assertEqual(response["Location"], "/people/")


class PrivateTest(PolicyTestCase):
    def setUp(self) -> None:
        super().setUp()
        Account.objects.filter(pk=self.hub.pk).update(is_private=True)

    def page(self, path: str = "") -> str:
        return self.fetch(f"/account/1/{path}")

    def test_strangers_see_no_lists_and_no_counts(self) -> None:
        for name in ("", "followings/", "friends/"):
            for headers in ({}, {"X-Part": "list"}):
                page = self.fetch(f"/account/1/{name}", headers=headers)
                self.assertIn("Person 1 is private.", words(page))
                self.assertNotIn('<li class="row"', part(page, 'id="list"'))
        self.assertEqual(self.tabs("/account/1/"), {})
        self.client.post("/you/leave/")
        self.assertIn("Only followers see the lists.", self.page())

    def test_strangers_learn_nothing_of_what_is_in_common(self) -> None:
        follow(self.visitor, self.fan)
        follow(self.visitor, Account.objects.get(pk=FANS[0]))
        page = self.page()
        self.assertNotIn("In common with you", page)
        self.assertNotIn("Followed by", part(page, 'id="known"', "</div>"))

    def test_followers_and_the_account_see_its_lists(self) -> None:
        self.act_as(self.fan)
        self.assertEqual(self.tabs("/account/1/")["followers"], "45")
        self.assertEqual(len(listed(self.page(), "followers")), 20)
        self.act_as(self.hub)
        self.assertEqual(self.tabs("/account/1/")["followers"], "45")

    def test_rows_do_not_count_its_followers(self) -> None:
        self.assertNotIn("45 followers", self.fetch("/people/"))
        self.act_as(self.fan)
        self.assertIn("45 followers", self.fetch("/people/"))

    def test_a_follow_is_a_request(self) -> None:
        self.client.post("/follows/follow/account/1")
        self.assertFalse(is_following(self.visitor, self.hub))
        self.assertIn("who has not answered yet", words(self.page()))
        self.act_as(self.hub)
        page = self.fetch("/you/requests/")
        self.assertEqual(listed(page, "requests"), ["account-2"])
        self.assertIn("Person 2 wants to follow you", self.fetch("/account/2/"))

    def test_accept_or_decline(self) -> None:
        for answer in ("accept", "reject"):
            follow(self.lonely, self.hub)
            self.act_as(self.hub)
            self.change(self.lonely, answer)
            with self.subTest(answer):
                self.assertEqual(get_follow_requests(self.hub), [])
                accepted = is_following(self.lonely, self.hub)
                self.assertEqual(accepted, answer == "accept")
                self.lonely.unfollow(self.hub)
        self.assertIn("Nobody is waiting", self.fetch("/you/requests/"))


class SwitchTest(PolicyTestCase):
    def switch(self, private: str) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post("/you/privacy/", {"private": private})

    def test_on_and_off(self) -> None:
        self.assertIn('aria-checked="false"', self.fetch("/you/"))
        self.switch("on")
        self.assertIn('aria-checked="true"', self.fetch("/you/"))
        follow(self.lonely, self.visitor)
        self.assertFalse(is_following(self.lonely, self.visitor))
        self.switch("off")
        self.assertTrue(is_following(self.lonely, self.visitor))
        self.assertEqual(get_follow_requests(self.visitor), [])

    def test_followers_stay(self) -> None:
        follow(self.lonely, self.visitor)
        self.switch("on")
        self.assertTrue(is_following(self.lonely, self.visitor))

    def test_a_topic_can_be_private(self) -> None:
        self.act_as(self.music)
        self.switch("on")
        follow(self.lonely, self.music)
        self.assertFalse(is_following(self.lonely, self.music))


class BlockTest(PolicyTestCase):
    def test_the_blocked_see_a_page_that_does_not_exist(self) -> None:
        follow(self.visitor, self.hub)
        block(self.hub, self.visitor)
        self.fetch("/")  # This page shows who the visitor is.
        for path in ("", "followings/", "friends/"):
            page = self.fetch(f"/account/1/{path}", 404)
            missing = self.fetch(f"/account/99/{path}", 404)
            self.assertEqual(main(page), main(missing))
        for url in (
            self.hub.change_url(),
            self.hub.mute_url(),
            self.hub.suspend_url(),
        ):
            response = self.client.post(url, {"action": "block"})
            self.assertEqual(response.status_code, 404)

    def test_the_blocker_is_in_no_list_of_the_blocked(self) -> None:
        follow(self.hub, self.lonely)
        first = Account.objects.get(pk=FANS[0])
        follow(self.visitor, first)
        block(self.hub, self.visitor)
        for path in ("/", "/people/", "/search/?q=person", "/account/3/"):
            with self.subTest(path):
                self.assertNotIn('href="/account/1/"', self.fetch(path))
        for query in ("1", "person1"):
            page = self.fetch(f"/search/?q={query}")
            self.assertNotIn('href="/account/1/"', page)

    def test_the_blocker_sees_who_is_blocked_and_ends_it(self) -> None:
        self.change(self.hub, "block")
        self.assertTrue(is_blocking(self.visitor, self.hub))
        self.assertIn("You block this account.", self.fetch("/account/1/"))
        self.assertEqual(listed(self.fetch("/you/blocked/"), "blocked"), ["account-1"])
        self.change(self.hub, "unblock")
        self.assertFalse(is_blocking(self.visitor, self.hub))
        self.assertIn("You do not block anyone.", self.fetch("/you/blocked/"))

    def test_the_blocked_are_left_out_of_lists(self) -> None:
        block(self.visitor, self.fan)
        block(self.visitor, self.hub)
        self.assertNotIn(
            self.fan.anchor, listed(self.fetch("/account/1/"), "followers")
        )
        self.assertNotIn("account-1", listed(self.fetch("/people/"), "top"))
        self.assertIn("account-1", listed(self.fetch("/search/?q=person"), "found"))

    def test_nobody_blocks_themselves(self) -> None:
        for action in ("block", "nothing", ""):
            data = {"action": action}
            response = self.client.post(self.visitor.change_url(), data)
            self.assertEqual(response.status_code, 400)
        response = self.client.post(self.visitor.mute_url())
        self.assertEqual(response.status_code, 400)


class MuteTest(PolicyTestCase):
    def test_for_good(self) -> None:
        self.change(self.fan, "mute")
        self.assertIn("You mute this account.", words(self.profile()))
        self.assertIn("for good", self.muted())
        self.change(self.fan, "unmute")
        self.assertFalse(is_muting(self.visitor, self.fan))
        self.assertIn("You do not mute anyone.", self.fetch("/you/muted/"))

    def test_for_a_day(self) -> None:
        before = datetime.now(UTC)
        response = self.client.post(self.fan.mute_url(), {"next": "/people/"})
        self.assertEqual(response["Location"], "/people/")
        end = Account.objects.get(pk=self.fan.pk)
        self.assertTrue(is_muting(self.visitor, end))
        day = (before + timedelta(days=1)).strftime("%Y")
        self.assertIn(f"{day}, ", words(self.muted()))
        self.assertIn("You mute this account until", words(self.profile()))

    def test_the_muted_are_left_out_of_lists_of_others(self) -> None:
        mute(self.visitor, self.fan)
        mute(self.visitor, self.hub)
        self.assertNotIn(
            self.fan.anchor, listed(self.fetch("/account/1/"), "followers")
        )
        self.assertNotIn("account-1", listed(self.fetch("/people/"), "top"))

    def test_names_of_the_muted_are_no_recommendation(self) -> None:
        follow(self.visitor, self.fan)
        self.assertIn("Followed by Person 54", self.known())
        mute(self.visitor, self.fan)
        self.assertEqual(self.known(), "")

    def known(self) -> str:
        return words(part(self.fetch("/account/1/"), 'id="known" data-live>', "</div>"))

    def test_own_lists_are_whole(self) -> None:
        follow(self.visitor, self.fan)
        mute(self.visitor, self.fan)
        page = self.fetch("/account/2/followings/")
        self.assertEqual(listed(page, "followings"), [self.fan.anchor])

    def profile(self) -> str:
        return self.fetch(self.fan.get_absolute_url())

    def muted(self) -> str:
        page = self.fetch("/you/muted/")
        self.assertEqual(listed(page, "muted"), [self.fan.anchor])
        return part(page, 'id="list"')


class RemoveTest(PolicyTestCase):
    def test_a_follower(self) -> None:
        follow(self.lonely, self.visitor)
        page = self.fetch("/account/2/")
        self.assertIn('aria-label="Remove: Person 3"', page)
        self.change(self.lonely, "remove_follower")
        self.assertFalse(is_following(self.lonely, self.visitor))

    def test_only_beside_own_followers(self) -> None:
        self.assertNotIn('aria-label="Remove: ', self.fetch("/account/1/"))
        self.assertNotIn('aria-label="Remove: ', self.fetch("/account/2/followings/"))


class FormsTest(PolicyTestCase):
    URLS = ("/account/1/mute/", "/you/privacy/")
    PAGES = ("/you/requests/", "/you/blocked/", "/you/muted/")

    def test_get_changes_nothing(self) -> None:
        for url in self.URLS:
            self.fetch(url, 405)

    def test_csrf(self) -> None:
        client = Client(enforce_csrf_checks=True)
        for url in self.URLS:
            self.assertContains(client.post(url), "too old", status_code=403)

    def test_who_is_nobody_is_asked(self) -> None:
        self.client.post("/you/leave/")
        for url in self.PAGES:
            where = f"/you/?next={url.replace('/', '%2F')}"
            self.assertRedirects(self.client.get(url), where)
        for url in self.URLS:
            response = self.client.post(url, {"next": "/people/"})
            self.assertRedirects(response, "/you/?next=%2Fpeople%2F")
        self.assertNotIn('class="menu"', self.fetch("/account/1/"))

    def test_no_menu_about_oneself(self) -> None:
        self.assertIn('class="menu"', self.fetch("/account/1/"))
        self.assertNotIn('class="menu"', self.fetch("/account/2/"))


def main(page: str) -> str:
    return part(page, "<main", "</main>")
