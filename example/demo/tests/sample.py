"""A graph small enough to know by heart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from django.core.cache import cache
from django.test import TestCase

from demo.graph import EPOCH
from demo.models import Account, Thing, Topic
from sequere.models import follow_many

HUB, VISITOR, LONELY = 1, 2, 3
FANS = range(10, 55)

# The header of the script that makes a list grow.
PART = {"X-Part": "list"}

LISTED = re.compile(r'<li class="row" id="([a-z]+)-((?:account|topic)-[\w-]+)"')
EARLIER = re.compile(r'href="([^"]+)" rel="next"')
NEWER = re.compile(r'href="([^"]+)" rel="prev"')
TABS = re.compile(r'data-tab="(\w+)"><strong>([\d,]+)</strong>')


class SampleTestCase(TestCase):
    """Let the fans follow the hub in turn, and the hub follow the first fan."""

    hub: Account
    visitor: Account
    lonely: Account
    music: Topic

    @classmethod
    def setUpTestData(cls) -> None:
        Account.objects.bulk_create(accounts([HUB, VISITOR, LONELY, *FANS]))
        cls.hub = Account.objects.get(pk=HUB)
        cls.visitor = Account.objects.get(pk=VISITOR)
        cls.lonely = Account.objects.get(pk=LONELY)
        cls.music = Topic.objects.get(pk="music")
        fans = Account.objects.in_bulk(FANS)
        follow_many(
            (fan, cls.hub, EPOCH + timedelta(days=key)) for key, fan in fans.items()
        )
        cls.hub.follow(fans[FANS[0]])

    def setUp(self) -> None:
        cache.clear()

    def act_as(self, thing: Thing) -> None:
        self.client.post(thing.act_url())

    def fetch(
        self, url: str, status: int = 200, *, headers: dict[str, str] | None = None
    ) -> str:
        response = self.client.get(url, headers=headers)
        self.assertEqual(response.status_code, status)
        return response.content.decode()

    def tabs(self, url: str) -> dict[str, str]:
        return dict(TABS.findall(self.fetch(url)))


def accounts(keys: Iterable[int]) -> list[Account]:
    return [
        Account(
            pk=key, name=f"Person {key}", handle=f"person{key}", about=f"Line {key}"
        )
        for key in keys
    ]


def listed(page: str, name: str) -> list[str]:
    """Return the members of the list called `name`, such as `account-1`."""
    return [anchor for where, anchor in LISTED.findall(page) if where == name]


def part(page: str, start: str, end: str = "</section>") -> str:
    """Return the text from `start` to the next `end`."""
    return page.partition(start)[2].partition(end)[0]


def words(page: str) -> str:
    """Return the text without tags, with single spaces."""
    return " ".join(re.sub("<[^>]+>", " ", page).split()).replace(" ,", ",")


def where_to(found: re.Match[str] | None) -> str:
    return found[1].replace("&amp;", "&") if found else ""
