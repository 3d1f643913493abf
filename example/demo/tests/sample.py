"""A graph small enough to know by heart."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.test import TestCase

from demo.graph import EPOCH
from demo.models import Account, Topic
from sequere.models import follow_many

HUB, VISITOR, LONELY = 1, 2, 3
FANS = range(10, 55)


class SampleTestCase(TestCase):
    """Each fan follows the hub, the later ones later; the hub follows the first."""

    hub: Account
    visitor: Account
    lonely: Account
    music: Topic

    @classmethod
    def setUpTestData(cls) -> None:
        Account.objects.bulk_create(map(Account, [HUB, VISITOR, LONELY, *FANS]))
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

    def act_as(self, thing: Account | Topic) -> None:
        self.client.post(thing.act_url())

    def fetch(self, url: str, status: int = 200) -> str:
        response = self.client.get(url)
        self.assertEqual(response.status_code, status)
        return response.content.decode()
