from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from unittest import mock
from zoneinfo import ZoneInfo

from django.test import override_settings
from django.utils import timezone

from sequere.api import follow, follow_many, get_followers, get_friends
from sequere.exceptions import InvalidEdge
from sequere.lists import ResourceList
from sequere.testing.base import ConformanceCase
from sequere.testing.lists import walk
from sequere.testing.models import Club, Person

PARIS = ZoneInfo("Europe/Paris")
#: The clocks of Paris go from 03:00 back to 02:00 at this moment.
TURN = datetime(2024, 10, 27, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
WITH_ZONES = override_settings(USE_TZ=True, TIME_ZONE="Europe/Paris")
WITHOUT_ZONES = override_settings(USE_TZ=False, TIME_ZONE="Europe/Paris")


class TimeTests(ConformanceCase):
    """Times are compared by their moment, also while the clocks repeat an hour."""

    def test_times_with_time_zones(self) -> None:
        with WITH_ZONES:
            user, club = self.person(), Club.objects.create()
            naive = datetime(2024, 2, 29, 12)
            message = self.refused(InvalidEdge, follow_many, [(user, club, naive)])
            self.assertIn("make_aware", message)
            self.refused(InvalidEdge, follow_many, [(user, club, "today")])
            followers = get_followers(club)
            self.refused(InvalidEdge, followers.since, naive)
            self.refused(InvalidEdge, followers.until, naive)
            follow_many([(user, club, naive.replace(tzinfo=PARIS))])
            [(_, when)] = followers
            self.assertEqual(when, naive.replace(hour=11, tzinfo=UTC))
            self.assertTrue(timezone.is_aware(when))
            self.assertNotIn((user, naive), followers)

    def test_times_without_time_zones(self) -> None:
        with WITHOUT_ZONES:
            user, club, other = self.person(), Club.objects.create(), self.person("o")
            before = datetime(2024, 10, 27, 2, 30, 0, 7)
            after = before.replace(fold=1)
            follow_many([(other, club, after), (user, club, before)])
            followers = get_followers(club)
            self.assertEqual([person for person, _ in followers], [other, user])
            self.assertEqual([when.fold for _, when in followers], [1, 0])
            self.assertEqual(followers[1][1], before)
            self.assertIsNone(followers[0][1].tzinfo)
        with WITH_ZONES:
            [(_, later), (_, earlier)] = get_followers(club)
            self.assertEqual(later - earlier, timedelta(hours=1))
            self.assertEqual(earlier, datetime(2024, 10, 27, 0, 30, 0, 7, tzinfo=UTC))

    def test_lists_of_the_repeated_hour(self) -> None:
        for settings, name in ((WITHOUT_ZONES, "naive"), (WITH_ZONES, "aware")):
            with settings, self.subTest(name):
                times = list(quarters(naive=name == "naive"))
                club, people = Club.objects.create(), self.crowd(len(times))
                follow_many(zip(people, [club] * len(people), times, strict=True))
                follow_many([(club, person, times[0]) for person in people])
                self.assert_slices(get_followers(club), people, times)
                friends = get_friends(people[3])
                self.assertEqual(len(friends.since(times[3])), 1)
                self.assertEqual(len(friends.since(times[4])), 0)

    def assert_slices(
        self,
        followers: ResourceList[tuple[Person, datetime]],
        people: list[Person],
        times: list[datetime],
    ) -> None:
        """Check the followers from each time on and before each later time."""
        self.assertEqual([each for each, _ in followers], people[::-1])
        for first, last in combinations(range(len(times)), 2):
            some = followers.since(times[first]).until(times[last])
            wanted = people[first:last]
            self.assertEqual(list(some.instances()), wanted[::-1])
            self.assertEqual(list(some.oldest_first().instances()), wanted)
            self.assertEqual(len(some), len(wanted))
            for person in wanted:
                self.assertIn(person, some)
            self.assertNotIn(people[last], some)
            self.assertEqual(walk(some, 3), wanted[::-1])
            self.assertEqual(walk(some.oldest_first(), 3), wanted)
            self.assertIn((people[first], times[first]), followers)
            self.assertNotIn((people[first], times[last]), followers)

    def test_following_in_the_repeated_hour(self) -> None:
        with WITHOUT_ZONES:
            club, people = Club.objects.create(), self.crowd(4)
            for number, person in enumerate(people):
                moment = TURN + (2 * number - 3) * QUARTER
                nanoseconds = int(moment.timestamp()) * 10**9
                with mock.patch("sequere.times.time_ns", return_value=nanoseconds):
                    follow(person, club)
            found = list(get_followers(club).oldest_first())
            clocks = [(when.hour, when.minute, when.fold) for _, when in found]
            self.assertEqual([person for person, _ in found], people)
            self.assertEqual(clocks, [(2, 15, 0), (2, 45, 0), (2, 15, 1), (2, 45, 1)])

    def crowd(self, count: int) -> list[Person]:
        return [self.person(f"p{number}") for number in range(count)]


def quarters(*, naive: bool) -> Iterator[datetime]:
    """Yield each quarter of the two hours that the clocks show as one hour, in
    Paris.
    """
    for number in range(-5, 6):
        moment = (TURN + number * QUARTER).astimezone(PARIS)
        yield moment.replace(tzinfo=None) if naive else moment
