from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from sequere.api import (
    follow,
    follow_many,
    get_followers,
    get_followings,
    get_friends,
    unfollow,
)
from sequere.exceptions import InvalidCursor, UnsavedResource
from sequere.lists import ResourceList
from sequere.questions import PageOf
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, SECOND, ConformanceCase
from sequere.testing.models import Club, Label, Person
from sequere.types import Window


class ListTests(ConformanceCase):
    def club_of(self, count: int) -> tuple[Club, list[Person]]:
        """Return a club, and its followers, newest first."""
        club, people = Club.objects.create(), self.people(count)
        follow_many(
            (person, club, NOON + number * SECOND)
            for number, person in enumerate(people)
        )
        return club, people[::-1]

    def test_it_is_like_a_list(self) -> None:
        club, people = self.club_of(5)
        followers = get_followers(club)
        self.assertEqual([person for person, _ in followers], people)
        self.assertEqual(followers, list(followers))
        self.assertNotEqual(followers, [])
        self.assertEqual(len(followers), 5)
        self.assertTrue(followers)
        self.assertFalse(get_followings(club))
        self.assertEqual(followers[0], (people[0], NOON + 4 * SECOND))
        self.assertEqual([person for person, _ in followers[1:3]], people[1:3])
        self.assertEqual(followers[:2] + followers[2:], followers)
        self.assertEqual(followers[3:2], [])
        self.assertEqual(followers[9:], [])
        self.assertIn(followers[4], followers)
        self.assertEqual([person for person, _ in reversed(followers)], people[::-1])
        self.assertEqual(repr(followers), repr(list(followers)))
        self.assertEqual(repr(get_followings(club)), "[]")

    def test_it_is_lazy_and_live(self) -> None:
        club, people = self.club_of(2)
        followers = get_followers(club)
        unfollow(people[0], club)
        self.assertEqual([person for person, _ in followers], people[1:])

    def test_what_it_is_not(self) -> None:
        club, _ = self.club_of(2)
        followers = get_followers(club)
        for wrong in (-1, slice(-1, None), slice(None, -1), slice(0, 2, 2)):
            message = self.refused(ValueError, followers.__getitem__, wrong)
            self.assertIn("negative", message)
        self.refused(IndexError, followers.__getitem__, 2)
        self.refused(TypeError, hash, followers)
        self.refused(ValueError, followers.page, 0)

    def test_names_of_querysets(self) -> None:
        club, people = self.club_of(3)
        followers = get_followers(club)
        stranger = self.person()
        self.assertEqual(followers.count(), 3)
        self.assertEqual(followers.count(people[0]), 1)
        self.assertEqual(followers.count(stranger), 0)
        self.assertEqual(followers.all(), followers)
        for name, cure in (
            ("order_by", "a queryset, FollowQuerySet(Model)"),
            ("exists", "bool(list)"),
            ("last", "list.oldest_first().first()"),
            ("add", "follow()"),
        ):
            message = self.refused(AttributeError, getattr, followers, name)
            self.assertIn(f"has no attribute {name!r}. Use {cure}", message)
        self.assertIs(hasattr(followers, "nonsense"), False)

    def test_pickle(self) -> None:
        club, people = self.club_of(3)
        follow(club, people[1])
        followers = get_followers(club, Person)
        thawed = pickle.loads(pickle.dumps(followers.oldest_first().instances()))
        self.assertEqual(list(thawed), people[::-1])
        for each in (followers.since(NOON + SECOND).refs(), get_friends(club).ids()):
            self.assertTrue(each)
            self.assertEqual(pickle.loads(pickle.dumps(each)), each)
        thawed = copy.deepcopy(followers)
        unfollow(people[0], club)
        self.assertEqual([person for person, _ in thawed], people[1:])

    def test_repr_of_a_long_list_is_short(self) -> None:
        club, _ = self.club_of(30)
        self.assertTrue(repr(get_followers(club)).endswith(", ...]"))

    def test_paginator(self) -> None:
        club, people = self.club_of(25)
        paginator = Paginator(get_followers(club), 10)
        self.assertEqual(paginator.num_pages, 3)
        pages = [[pair[0] for pair in page] for page in paginator]
        self.assertEqual(pages, [people[:10], people[10:20], people[20:]])

    def test_iterating_reads_everything_once(self) -> None:
        club, people = self.club_of(1201)
        self.assertEqual([person for person, _ in get_followers(club)], people)

    def test_pages(self) -> None:
        club, people = self.club_of(25)
        self.assertEqual(walk(get_followers(club), 10), people)
        self.assertEqual(walk(get_followers(club), 25), people)
        self.assertEqual(walk(get_followers(club), 1), people)
        self.assertEqual(walk(get_followings(people[0]), 1), [club])
        self.assertEqual(get_followings(club).page(5).items, [])
        self.assertIsNone(get_followings(club).page(5).next)
        self.assertEqual(get_followers(club).page(3, after="").items[0][0], people[0])

    def test_pages_of_equal_times(self) -> None:
        club, people = Club.objects.create(), self.people(12)
        labels = [Label.objects.create(name=name) for name in ("b", "B", "é", "a b")]
        follow_many((follower, club, NOON) for follower in (*people, *labels))
        # Newest first is the reversed order: identifier, then id by code point.
        expected: list[Any] = sorted(people, key=lambda it: str(it.pk), reverse=True)
        expected += sorted(labels, key=lambda it: it.name, reverse=True)
        for size in (1, 2, 5, 16):
            pages = walk(get_followers(club), size)
            self.assertEqual(pages, expected)
        follow_many((club, label, NOON) for label in labels)
        self.assertEqual(walk(get_followings(club), 2), expected[12:])

    def test_pages_while_the_list_changes(self) -> None:
        club, people = self.club_of(20)
        newcomer = self.person()
        page = get_followers(club).page(5)
        follow(newcomer, club)
        unfollow(people[4], club)
        unfollow(people[7], club)
        rest = walk(get_followers(club), 5, after=page.next)
        self.assertEqual(rest, [*people[5:7], *people[8:]])

    def test_pages_backwards(self) -> None:
        club, people = self.club_of(17)
        followers = get_followers(club).instances()
        first = followers.page(5)
        self.assertIsNone(first.previous)
        second = followers.page(5, after=first.next)
        third = followers.page(5, after=second.next)
        last = followers.page(5, after=third.next)
        self.assertEqual(last.items, people[15:])
        self.assertIsNone(last.next)
        self.assertEqual(followers.page(5, after=last.previous), third)
        self.assertEqual(followers.page(5, after=third.previous), second)
        again = followers.page(5, after=second.previous)
        self.assertEqual((again.items, again.next), (first.items, first.next))
        self.assertIsNone(again.previous)
        self.assertEqual(followers.page(3, after=third.previous).items, people[7:10])

    def test_pages_backwards_while_the_list_changes(self) -> None:
        club, people = self.club_of(12)
        followers = get_followers(club).instances()
        page = followers.page(4, after=followers.page(4).next)
        newcomer = self.person()
        follow(newcomer, club)
        unfollow(people[2], club)
        unfollow(people[4], club)
        before = followers.page(4, after=page.previous)
        self.assertEqual(before.items, [newcomer, people[0], people[1], people[3]])
        for person in (newcomer, *people[:4]):
            unfollow(person, club)
        before = followers.page(4, after=page.previous)
        self.assertEqual(before.items, people[5:9])

    def test_oldest_first(self) -> None:
        club, people = self.club_of(9)
        oldest = get_followers(club).oldest_first()
        self.assertEqual([person for person, _ in oldest], people[::-1])
        self.assertEqual(list(reversed(oldest)), list(get_followers(club)))
        self.assertEqual(oldest[0], (people[-1], NOON))
        self.assertEqual(walk(oldest, 4), people[::-1])
        page = oldest.page(4, after=oldest.page(4).next)
        self.assertEqual(oldest.page(4, after=page.previous).items, oldest[:4])
        self.refused(InvalidCursor, get_followers(club).page, 4, after=page.next)

    def test_since_and_until(self) -> None:
        club, people = self.club_of(30)
        followers = get_followers(club)
        late, early = followers.since(NOON + 20 * SECOND), followers.until(NOON)
        self.assertEqual(list(late.instances()), people[:10])
        self.assertEqual(len(late), 10)
        self.assertEqual(early, [])
        self.assertFalse(early)
        self.assertEqual(len(early), 0)
        some = followers.since(NOON + 5 * SECOND).until(NOON + 15 * SECOND)
        expected = people[15:25]
        self.assertEqual(list(some.instances()), expected)
        self.assertEqual(len(some), 10)
        self.assertEqual(len(get_followers(club, Club).since(NOON)), 0)
        self.assertEqual(list(some.oldest_first().instances()), expected[::-1])
        self.assertEqual(list(some.instances()[3:6]), expected[3:6])
        for part in (some, some.oldest_first()):
            self.assertEqual(walk(part, 3), list(part.instances()))
        page = some.page(4, after=some.page(4).next)
        self.assertEqual(some.page(9, after=page.previous).items, list(some)[:4])
        # A cursor of the list without limits is valid here, and the limits still apply.
        self.assertEqual(some.page(3, after=followers.page(2).next).items, some[:3])
        self.assertEqual(some.page(3, after=followers.page(27).next).items, [])
        self.assertIn(expected[0], some)
        self.assertNotIn(people[0], some)
        self.assertNotIn(people[29], some)

    def test_since_and_until_of_equal_times(self) -> None:
        club, people = Club.objects.create(), self.people(6)
        labels = [Label.objects.create(name=name) for name in ("b", "é")]
        follow_many((follower, club, NOON) for follower in (*people, *labels))
        microsecond = timedelta(microseconds=1)
        for since, until, count in (
            (NOON, NOON + microsecond, 8),
            (NOON + microsecond, NOON + SECOND, 0),
            (NOON - SECOND, NOON, 0),
        ):
            for part in (get_followers(club), get_followers(club).oldest_first()):
                part = part.since(since).until(until)
                self.assertEqual(len(part), count)
                self.assertEqual(len(list(part)), count)

    def test_shapes(self) -> None:
        club, people = self.club_of(7)
        followers = get_followers(club)
        refs = [registry.ref(person) for person in people]
        self.assertEqual(followers.instances(), people)
        self.assertEqual(followers.refs(), refs)
        self.assertEqual(followers.ids(), [person.pk for person in people])
        self.assertEqual(followers.instances()[2:4], people[2:4])
        self.assertEqual(followers.refs().page(3).items, refs[:3])
        self.assertEqual(followers.ids().oldest_first()[0], people[-1].pk)
        self.assertIn(people[3].pk, followers.ids())
        self.assertIn(people[3], followers.refs())
        follow(club, Label.objects.create(name="a:b"))
        self.assertEqual(get_followings(club, Label).ids(), ["a:b"])

    def test_first(self) -> None:
        club, people = self.club_of(3)
        followers = get_followers(club)
        self.assertEqual(followers.first(), (people[0], NOON + 2 * SECOND))
        self.assertEqual(followers.oldest_first().instances().first(), people[2])
        self.assertIsNone(get_followings(club).first())

    def test_in(self) -> None:
        club, people = self.club_of(3)
        stranger, followers = self.person(), get_followers(club)
        self.assertIn(people[1], followers)
        self.assertIn(registry.ref(people[1]), followers)
        self.assertIn((people[1], NOON + SECOND), followers)
        self.assertNotIn((people[1], NOON), followers)
        self.assertNotIn(stranger, followers)
        self.assertNotIn(club, followers)
        self.assertNotIn("club", followers)
        self.assertNotIn(people[1], get_followers(club, Club))
        with self.at_most(1):
            self.assertIn(people[0], followers.refs())
        self.refused(UnsavedResource, followers.__contains__, Person(name="unsaved"))

    def test_pages_of_friends(self) -> None:
        user, *others = self.people(12)
        follow_many(
            (user, other, NOON + number * SECOND) for number, other in enumerate(others)
        )
        follow_many((other, user) for other in others[::2])
        self.assertEqual(walk(get_friends(user), 2), others[::-2])

    def test_a_cursor_of_another_list(self) -> None:
        club, people = self.club_of(3)
        cursor = get_followers(club).page(1).next
        self.assertIsNotNone(cursor)
        for other in (
            get_followers(people[0]),
            get_followings(club),
            get_friends(club),
            get_followers(club, Person),
        ):
            message = self.refused(InvalidCursor, other.page, 1, after=cursor)
            self.assertIn("another list", message)

    def test_damaged_cursors(self) -> None:
        club, _ = self.club_of(3)
        followers = get_followers(club)
        cursor = str(followers.page(1).next)
        for damaged in ("x", "é", cursor[:-3], cursor[3:], "bnVsbA", "W10", 7):
            self.refused(InvalidCursor, followers.page, 1, after=damaged)
        sealed = urlsafe_base64_decode(cursor)
        for place, byte in enumerate(sealed):
            forged = sealed[:place] + bytes([byte ^ 1]) + sealed[place + 1 :]
            text = urlsafe_base64_encode(forged)
            self.refused(InvalidCursor, followers.page, 1, after=text)
        self.assertTrue(issubclass(InvalidCursor, ValueError))

    def test_ghosts_are_left_out_and_the_page_is_filled(self) -> None:
        club, people = self.club_of(25)
        gone = people[:3] + people[10:13]
        Person.objects.filter(pk__in=[person.pk for person in gone])._raw_delete(
            "default"
        )
        rest = [person for person in people if person not in gone]
        followers = get_followers(club)
        self.assertEqual([person for person, _ in followers], rest)
        self.assertEqual([person for person, _ in followers[:10]], rest[:10])
        self.assertEqual(followers[0][0], rest[0])
        self.assertEqual([person for person, _ in reversed(followers)], rest[::-1])
        self.assertEqual(walk(followers, 7), rest)

    def test_what_get_queryset_hides_is_left_out(self) -> None:
        club, people = self.club_of(5)
        Person.objects.filter(pk=people[1].pk).update(name="hidden")
        rest = [people[0], *people[2:]]
        self.assertEqual([person for person, _ in get_followers(club)[:4]], rest)

    def test_edges_of_a_type_that_is_not_registered_any_more(self) -> None:
        club, people = self.club_of(3)
        label = Label.objects.create(name="x")
        follow_many([(label, club, NOON - SECOND), (club, label, NOON)])
        [base] = [r.options for r in registry if r.model is Label]
        registry.unregister(Label)
        try:
            self.assertEqual([each for each, _ in get_followers(club)], people)
            self.assertEqual(walk(get_followers(club), 2), people)
            self.assertEqual(get_followings(club), [])
        finally:
            registry.register(Label, type(base))
        self.assertEqual(get_followings(club), [(label, NOON)])

    def test_oldest_first_and_offset(self) -> None:
        club, people = self.club_of(9)
        refs = [registry.ref(person) for person in people]
        ref = registry.ref(club)
        oldest = self.store.ask(
            PageOf(
                FOLLOW.name,
                ref,
                "followers",
                Window(limit=4, offset=2, newest_first=False),
            )
        )
        self.assertEqual([edge.source for edge in oldest], refs[::-1][2:6])
        newest = self.store.ask(
            PageOf(FOLLOW.name, ref, "followers", Window(limit=20, offset=7))
        )
        self.assertEqual([edge.source for edge in newest], refs[7:])


def walk(
    pairs: ResourceList[tuple[Person, datetime]], size: int, after: str | None = None
) -> list[Person]:
    """Return all items of the pages. Every page except the last must be full."""
    seen: list[Person] = []
    while True:
        page = pairs.page(size, after=after)
        seen += [person for person, _ in page.items]
        if page.next is None:
            return seen
        assert len(page.items) == size
        after = page.next
