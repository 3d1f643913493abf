"""Tasks that are cancelled amid their verbs break no connection and no edge."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.test import TransactionTestCase, override_settings

from sequere.api import (
    ablock,
    afollow,
    afollow_many,
    aget_followers_count,
    ais_following,
    aunblock,
    aunfollow,
)
from sequere.handler import get_backend
from sequere.testing.base import effort
from sequere.testing.models import Person
from tests.backends.redis.servers import URLS, backend
from tests.faults.load import problems_of
from tests.settings import ENGINE

TASKS = 150 * effort()
#: Calls to SQL share a thread, so that a few at a time are enough.
AT_ONCE = 25


class CancellationTests(TransactionTestCase):
    databases = {"default", "other"}

    def setUp(self) -> None:
        if URLS != [""]:
            settings = override_settings(SEQUERE_BACKENDS={"default": backend()})
            settings.enable()
            self.addCleanup(settings.disable)
        elif ENGINE not in ("sqlite", "postgresql", "mariadb"):
            self.skipTest("needs an engine")
        self.store: Any = get_backend()
        self.store.clear()
        self.addCleanup(self.store.clear)
        self.addCleanup(connections.close_all)
        self.chance = random.Random(14)
        names = [Person(name=str(number)) for number in range(60)]
        self.people = Person.objects.bulk_create(names)

    async def test_tasks_that_are_cancelled(self) -> None:
        outcomes: Counter[str] = Counter()
        # Nobody cancels these.
        fans, star = self.people[:10], self.people[10]
        steady = dict.fromkeys(fans, False)
        for number in range(0, TASKS, AT_ONCE):
            tasks = [asyncio.ensure_future(self.write()) for _ in range(AT_ONCE)]
            for _ in tasks:
                await asyncio.sleep(self.chance.random() / 500)
                if self.chance.random() < 0.8:
                    self.chance.choice(tasks).cancel()
            fan = fans[number // AT_ONCE % len(fans)]
            if steady[fan]:
                await aunfollow(fan, star)
            else:
                await afollow(fan, star)
            steady[fan] = not steady[fan]
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                outcomes[type(result).__name__] += 1
            # An answer that a cancelled call left behind would be taken for another's.
            found = {each: await ais_following(each, star) for each in fans}
            self.assertEqual(found, steady)
            self.assertEqual(await aget_followers_count(star), sum(steady.values()))
        self.assertLessEqual(outcomes.keys(), {"bool", "int", "list", "CancelledError"})
        self.assertGreater(outcomes["CancelledError"], 0)
        await sync_to_async(self.check)()
        print("cancelled", outcomes)

    def check(self) -> None:
        # In a cluster a write may be left half done, until the next repair.
        problems_of(self.store, mends=True)
        self.assertEqual(problems_of(self.store), [])

    async def write(self) -> Any:
        one, other = self.chance.sample(self.people[11:], 2)
        luck = self.chance.random()
        if luck < 0.4:
            return await afollow(one, other)
        if luck < 0.6:
            return await aunfollow(one, other)
        if luck < 0.7:
            return await ablock(one, other)
        if luck < 0.8:
            return await aunblock(one, other)
        if luck < 0.9:
            others = [each for each in self.people[11:] if each != one]
            return await afollow_many((one, each) for each in others)
        return await aget_followers_count(one)
