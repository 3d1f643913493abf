from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from unittest.mock import ANY

from asgiref.sync import sync_to_async
from django.utils.functional import SimpleLazyObject

from sequere.api import (
    afollow,
    afollow_many,
    afollow_states,
    afollowers_among,
    afollowings_among,
    afriends_among,
    aget_followers_count,
    aget_followers_counts,
    aget_followings_count,
    aget_followings_counts,
    aget_friends_count,
    ais_following,
    aunfollow,
    aunfollow_many,
    get_followers,
    get_followings,
    get_friends,
    is_following,
)
from sequere.exceptions import InvalidCursor, InvalidResource, SelfFollow
from sequere.lists import ResourceList
from sequere.testing.base import NOON, SECOND, ConformanceCase
from sequere.testing.models import Club, Person, Place


class AsyncTests(ConformanceCase):
    """Async calls give the same answers, whether asyncio or a thread wrote the
    edges.
    """

    async def some(self, count: int) -> list[Person]:
        return await sync_to_async(self.people)(count)

    async def test_await_follow_and_unfollow(self) -> None:
        [user], club = await self.some(1), await Club.objects.acreate()
        heard = self.listen()
        self.assertIs(await afollow(user, club), True)
        self.assertIs(await afollow(user, club), False)
        self.assertIs(await ais_following(user, club), True)
        self.assertIs(await ais_following(club, user), False)
        self.assertIs(await sync_to_async(is_following)(user, club), True)
        self.assertEqual(await aget_followers_count(club), 1)
        self.assertEqual(await aget_followings_count(user), 1)
        self.assertIs(await aunfollow(user, club), True)
        self.assertIs(await aunfollow(user, club), False)
        self.assertEqual(await aget_followers_count(club), 0)
        self.assertEqual([word for word, _ in heard], ["followed", "unfollowed"])

    async def test_await_many(self) -> None:
        people, club = await self.some(30), await Club.objects.acreate()
        new = await afollow_many((person, club) for person in people[:20])
        self.assertEqual(len(new), 20)
        again = await afollow_many([(person, club, NOON) for person in people])
        self.assertEqual({edge.created for edge in again}, {NOON})
        self.assertEqual(len(again), 10)
        self.assertEqual(await aget_followers_counts([club]), {club: 30})
        gone = await aunfollow_many((person, club) for person in people[15:])
        self.assertEqual(len(gone), 15)
        counts = await aget_followings_counts([people[0], people[29]])
        self.assertEqual(counts, {people[0]: 1, people[29]: 0})
        await sync_to_async(self.assert_true_counts)()

    async def test_await_or_refuse(self) -> None:
        people = await self.some(2)
        with self.assertRaises(SelfFollow):
            await afollow(people[0], people[0])
        with self.assertRaises(SelfFollow):
            await afollow_many([(people[0], people[1]), (people[0], people[0])])
        self.assertEqual(await aget_followings_count(people[0]), 0)

    async def test_await_which(self) -> None:
        people = await self.some(5)
        club, place = await Club.objects.acreate(), await Place.objects.acreate()
        user = people[0]
        await afollow_many([(user, club, NOON), (user, people[1], NOON)])
        await afollow_many([(place, user, NOON), (people[1], user, NOON)])
        others = [*people, club, place]
        self.assertEqual(
            await afollowings_among(user, others), {club: NOON, people[1]: NOON}
        )
        self.assertEqual(
            await afollowers_among(user, others), {place: NOON, people[1]: NOON}
        )
        self.assertEqual(await afollowers_among(user, []), {})
        self.assertEqual(await aget_friends_count(user), 1)
        self.assertEqual(await aget_followings_count(user, Club, Place), 1)

    async def test_await_which_of_lazy_others(self) -> None:
        """The arguments run queries, which the event loop refuses."""
        user, *people = await self.some(4)
        await afollow_many((user, person, NOON) for person in people[:2])
        await afollow_many([(people[1], user, NOON)])
        for others in (Person.objects.all, partial(numbered, people)):
            self.assertEqual(
                await afollowings_among(user, others()), dict.fromkeys(people[:2], NOON)
            )
            self.assertEqual(await afollowers_among(user, others()), {people[1]: NOON})
            self.assertEqual(await afriends_among(user, others()), {people[1]: NOON})
            states = await afollow_states(user, others())
            self.assertEqual(states[people[1]].followed_since, NOON)
            counts = await aget_followers_counts(targets=others())
            self.assertEqual([counts[each] for each in people], [1, 1, 0])
            counts = await aget_followings_counts(others())
            self.assertEqual([counts[each] for each in people], [0, 1, 0])

    async def test_await_many_of_lazy_edges(self) -> None:
        people, club = await self.some(3), await Club.objects.acreate()
        pairs = [(lazy(person), club) for person in people]
        self.assertEqual(len(await afollow_many(pairs)), 3)
        owned = Club.objects.filter(pk=club.pk)
        again = await afollow_many((lazy(each), club) for each in people for _ in owned)
        self.assertEqual(again, [])
        gone = await aunfollow_many((each, club) for each in people for _ in owned)
        self.assertEqual(len(gone), 3)

    async def test_await_a_lazy_user(self) -> None:
        """`request.user` is lazy in this way until it is used."""
        [person], club = await self.some(1), await Club.objects.acreate()
        for call in (afollow, ais_following, aunfollow):
            self.assertIs(await call(lazy(person), club), True)
        await afollow(person, club)
        self.assertIs(await get_followers(club).acontains(lazy(person)), True)
        self.assertEqual(await aget_followings_count(lazy(person), Club), 1)
        self.assertEqual(await afollowers_among(club, [lazy(person)]), {person: ANY})

    async def test_await_what_is_no_resource(self) -> None:
        club = await Club.objects.acreate()
        wrong: Any = Club.objects.all()
        with self.assertRaisesMessage(InvalidResource, "is not a resource"):
            await afollow(club, wrong)

    async def test_await_lists(self) -> None:
        people, club = await self.some(1203), await Club.objects.acreate()
        await afollow_many(
            (person, club, NOON + number * SECOND)
            for number, person in enumerate(people)
        )
        await afollow_many((club, person) for person in people[:7])
        await sync_to_async(people[600].delete)()
        del people[600]
        followers = get_followers(club)
        self.assertEqual([person async for person, _ in followers], people[::-1])
        self.assertEqual(await followers.acount(), 1202)
        self.assertEqual(await pages(followers, 500), people[::-1])
        first = await followers.apage(1)
        self.assertEqual(first.items, [(people[-1], NOON + 1202 * SECOND)])
        friends = get_friends(club)
        self.assertEqual({person async for person, _ in friends}, set(people[:7]))
        with self.assertRaises(InvalidCursor):
            await get_followings(club).apage(1, after=first.next)

    async def test_await_a_thousand_at_once(self) -> None:
        *people, celebrity = await self.some(1001)
        made = await asyncio.gather(*(afollow(each, celebrity) for each in people))
        self.assertEqual(made, [True] * 1000)
        again = await asyncio.gather(*(afollow(each, celebrity) for each in people))
        self.assertEqual(again, [False] * 1000)
        self.assertEqual(await aget_followers_count(celebrity), 1000)
        await sync_to_async(self.assert_true_counts)()


def numbered(people: list[Person]) -> Iterator[Person]:
    """Yield the people, with a query for each person."""
    for person in people:
        yield Person.objects.get(pk=person.pk)


def lazy(person: Person) -> Any:
    return SimpleLazyObject(lambda: Person.objects.get(pk=person.pk))


async def pages(
    pairs: ResourceList[tuple[Person, datetime]], size: int
) -> list[Person]:
    seen: list[Person] = []
    after: str | None = ""
    while after is not None:
        page = await pairs.apage(size, after=after)
        seen += [person for person, _ in page.items]
        after = page.next
    return seen
