"""The clock of the site goes back, by hours, between two writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from sequere.api import (
    follow,
    get_followers,
    get_followers_count,
    is_following,
    mute,
    unfollow,
)
from sequere.handler import get_backend
from sequere.relations import MUTE
from sequere.testing.base import effort
from sequere.testing.models import Person
from tests.backends.redis.servers import URLS, backend
from tests.faults.load import problems_of

BEGIN = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
#: In hours: forward, and back again and again.
STEPS = [0, 1, -1, -26, 3, -3, -3, 0.0001, -0.0001] * effort()


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


class ClockTests(TransactionTestCase):
    def setUp(self) -> None:
        if URLS != [""]:
            settings = override_settings(SEQUERE_BACKENDS={"default": backend()})
            settings.enable()
            self.addCleanup(settings.disable)
        self.store: Any = get_backend()
        self.store.clear()
        self.addCleanup(self.store.clear)
        self.star = Person.objects.create(name="star")

    def person(self) -> Person:
        return Person.objects.create(name="fan")

    def moments(self) -> Iterator[datetime]:
        moment = BEGIN
        for step in STEPS:
            moment += timedelta(hours=step)
            yield moment

    def test_follows_keep_their_order_and_count(self) -> None:
        followed: dict[Person, datetime] = {}
        for moment in self.moments():
            with clock_at(moment):
                for _ in range(3):
                    followed[fan := self.person()] = moment
                    self.assertIs(follow(fan, self.star), True)
                    # The time of the first follow stays.
                    self.assertIs(follow(next(iter(followed)), self.star), False)
                gone = self.person()
                self.assertIs(follow(gone, self.star), True)
                self.assertIs(unfollow(gone, self.star), True)
                self.assertIs(is_following(gone, self.star), False)
                self.assertEqual(get_followers_count(self.star), len(followed))
        pages = list(self.pages())
        self.assertEqual(dict(pages), followed)
        self.assertEqual(len(pages), len(followed))
        times = [since for _, since in pages]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertEqual(problems_of(self.store), [])

    def pages(self) -> Iterator[Any]:
        after: str | None = None
        while True:
            page = get_followers(self.star).page(4, after=after)
            yield from page.items
            if (after := page.next) is None:
                return

    def test_a_follow_that_comes_again_has_the_time_of_the_clock(self) -> None:
        fan = self.person()
        with clock_at(BEGIN):
            follow(fan, self.star)
            unfollow(fan, self.star)
        earlier = BEGIN - timedelta(hours=2)
        with clock_at(earlier):
            self.assertIs(follow(fan, self.star), True)
        [(found, since)] = get_followers(self.star)
        self.assertEqual((found, since), (fan, earlier))

    def test_a_mute_lasts_until_its_time(self) -> None:
        fan = self.person()
        with clock_at(BEGIN):
            mute(fan, self.star, until=BEGIN + timedelta(hours=1))
        for hours, lasts in ((0.5, True), (2, False), (-5, True), (2, False)):
            with clock_at(BEGIN + timedelta(hours=hours)):
                self.assertIs(MUTE.contains(fan, self.star), lasts, hours)
