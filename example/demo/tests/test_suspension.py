from __future__ import annotations

from django.test import Client

from demo.models import Account
from demo.tests.sample import FANS, SampleTestCase, listed
from sequere.models import get_followers, is_following


class SuspensionTest(SampleTestCase):
    fan: Account

    def setUp(self) -> None:
        super().setUp()
        self.fan = Account.objects.get(pk=FANS[-1])

    def suspend(self, action: str = "suspend") -> None:
        url = self.fan.suspend_url()
        response = self.client.post(url, {"action": action})
        self.assertRedirects(response, self.fan.get_absolute_url())

    def test_out_of_lists_and_counts_and_back_with_its_time(self) -> None:
        before = get_followers(self.hub).first()
        self.suspend()
        self.assertEqual(self.tabs("/account/1/")["followers"], "44")
        page = self.fetch("/account/1/")
        self.assertNotIn(self.fan.anchor, listed(page, "followers"))
        self.suspend("restore")
        self.assertEqual(self.tabs("/account/1/")["followers"], "45")
        self.assertEqual(get_followers(self.hub).first(), before)

    def test_page_says_so(self) -> None:
        url = self.fan.get_absolute_url()
        self.assertIn("Suspend this account", self.fetch(url))
        self.suspend()
        page = self.fetch(url)
        self.assertIn('id="suspended"', page)
        self.assertIn("Restore this account", page)

    def test_twice_is_once(self) -> None:
        for action in ("suspend", "suspend", "restore", "restore"):
            self.suspend(action)
        self.assertTrue(is_following(self.fan, self.hub))

    def test_nobody_follows_it_meanwhile(self) -> None:
        self.suspend()
        self.act_as(self.visitor)
        url = self.fan.get_absolute_url()
        self.assertNotIn(f'data-sequere-follow="{self.fan.ref}"', self.fetch(url))
        response = self.client.post(f"/follows/follow/account/{self.fan.pk}")
        self.assertContains(response, "You are not allowed", status_code=403)

    def test_it_follows_nobody_meanwhile(self) -> None:
        self.suspend()
        self.act_as(self.fan)
        self.client.post("/follows/follow/account/2")
        self.assertFalse(is_following(self.fan, self.visitor))

    def test_only_by_a_form_of_this_site(self) -> None:
        self.fetch(self.fan.suspend_url(), 405)
        client = Client(enforce_csrf_checks=True)
        response = client.post(self.fan.suspend_url())
        self.assertContains(response, "too old", status_code=403)
