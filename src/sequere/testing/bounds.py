from __future__ import annotations

from typing import Any

from sequere.api import follow_many, get_followers, get_friends
from sequere.questions import CommonCount, Counts, Lookup, PageOf, PagesOf
from sequere.registration import registry
from sequere.testing.base import NOON, SECOND, ConformanceCase
from sequere.testing.models import Club, Person
from sequere.types import Neighbours, Window


class BoundTests(ConformanceCase):
    """No page or slice reads a whole list, and no number is too large."""

    def followed_club(self, count: int) -> tuple[Club, list[Person]]:
        """Return a club, and its followers, newest first."""
        club, people = Club.objects.create(), self.people(count)
        follow_many(
            (person, club, NOON + number * SECOND)
            for number, person in enumerate(people)
        )
        return club, people[::-1]

    def test_many_in_a_row_are_hidden(self) -> None:
        club, people = self.followed_club(2700)
        hidden = [person.pk for person in people[5:-5]]
        Person.objects.filter(pk__range=(min(hidden), max(hidden))).update(
            name="hidden"
        )
        rest = people[:5] + people[-5:]
        followers = get_followers(club).instances()
        self.assertEqual(list(followers), rest)
        self.assertEqual(list(reversed(followers)), rest[::-1])
        with self.at_most(10):
            self.assertEqual(followers[:10], rest[:5])
        with self.at_most(10):
            self.refused(IndexError, followers.__getitem__, 5)
        for pages, shown in (
            (followers, rest),
            (followers.oldest_first(), rest[::-1]),
        ):
            page = pages.page(4)
            seen: list[Any] = []
            while True:
                seen += page.items
                if page.next is None:
                    break
                with self.at_most(10):
                    page = pages.page(4, after=page.next)
            self.assertEqual(seen, shown)
            seen = [*page.items]
            while page.previous is not None:
                with self.at_most(10):
                    page = pages.page(4, after=page.previous)
                seen = [*page.items, *seen]
            self.assertEqual(seen, shown)

    def test_numbers_that_no_list_reaches(self) -> None:
        club, people = self.followed_club(3)
        follow_many((club, person) for person in people)
        for whole in (get_followers(club), get_friends(club)):
            followers = whole.instances()
            shown = list(followers)
            for huge in (2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 10**30):
                self.assertEqual(followers[:huge], shown)
                self.assertEqual(followers[1:huge], shown[1:])
                self.assertEqual(followers[huge:], [])
                self.assertEqual(followers[huge : huge + 1], [])
                self.assertEqual(followers.page(huge).items, shown)
                self.refused(IndexError, followers.__getitem__, huge)

    def test_windows_and_directions_that_no_list_has(self) -> None:
        ref = registry.ref(self.person())
        wrong: Any = "folowers"
        for question in (
            PageOf("follow", ref, "followers", Window(-1)),
            PageOf("follow", ref, "followers", Window(1, offset=-1)),
            PageOf("follow", ref, wrong, Window(1)),
            PagesOf("follow", [ref], wrong, Window(1)),
            Lookup("follow", ref, wrong, [ref]),
            Counts("follow", [ref], wrong),
            CommonCount("follow", Neighbours(ref, wrong), Neighbours(ref, "followers")),
        ):
            with self.subTest(question=question):
                self.refused(ValueError, self.store.ask, question)
