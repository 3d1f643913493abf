from __future__ import annotations

from typing import Any

from sequere.api import (
    aget_suggestions,
    follow,
    follow_many,
    get_common_followers,
    get_common_followings,
    get_friends,
    get_friends_count,
    get_known_followers,
    get_suggestions,
)
from sequere.backends import derived
from sequere.backends.derived import WALK_SIZE
from sequere.exceptions import InvalidCursor, NotRegistered
from sequere.plans import adrive, drive
from sequere.questions import Add, Common, CommonCount, PageOf, PagesOf
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, SECOND, ConformanceCase
from sequere.testing.models import Club, Person, Stranger
from sequere.types import Neighbours, Ref, Window


class GraphTests(ConformanceCase):
    """The common resources of two lists, and suggestions from followings of
    followings.
    """

    def follow_in_turn(self, source: Any, targets: list[Any]) -> None:
        follow_many(
            (source, target, NOON + number * SECOND)
            for number, target in enumerate(targets)
        )

    def test_friends(self) -> None:
        user, *others = self.people(251)
        self.follow_in_turn(user, others)
        back = others[::5]
        follow_many((other, user) for other in back)
        friends = [friend for friend, _ in get_friends(user)]
        self.assertEqual(friends, back[::-1])
        self.assertEqual(get_friends_count(user), len(back))
        self.assertEqual(get_friends(back[0]), [(user, get_friends(back[0])[0][1])])
        self.assertEqual(get_friends_count(others[1]), 0)
        self.assertEqual(get_friends_count(user, Club), 0)

    def test_common_followings(self) -> None:
        first, second, *others = self.people(12)
        clubs = [Club.objects.create() for _ in range(3)]
        self.follow_in_turn(first, [*others, *clubs])
        follow_many((second, other) for other in [*others[::3], *clubs[1:], first])
        common = get_common_followings(first, second)
        self.assertEqual(
            [each for each, _ in common], [*clubs[:0:-1], *others[::3][::-1]]
        )
        self.assertEqual(common[0][1], NOON + 12 * SECOND)
        self.assertEqual(len(common), 6)
        self.assertEqual(len(get_common_followings(second, first)), 6)
        self.assertEqual(len(get_common_followings(first, second, Club)), 2)
        self.assertIn(clubs[1], common)
        self.assertNotIn(clubs[0], common)
        self.assertNotIn(clubs[1], get_common_followings(first, second, Person))

    def test_common_followers(self) -> None:
        first, second, *others = self.people(12)
        follow_many((other, first) for other in others[:7])
        follow_many((other, second) for other in others[4:])
        common = get_common_followers(first, second).instances()
        self.assertEqual(set(common), set(others[4:7]))
        self.assertEqual(len(common), 3)

    def test_known_followers(self) -> None:
        viewer, star, *others = self.people(42)
        self.follow_in_turn(viewer, others[:30])
        follow_many((other, star) for other in others[10:])
        known = get_known_followers(viewer, star, Person)
        with self.at_most(4):
            self.assertEqual(known.refs()[:2], self.refs(others[29:27:-1]))
            self.assertEqual(len(known), 20)
        self.assertEqual(get_known_followers(star, viewer), [])

    def test_pages_of_what_is_common(self) -> None:
        first, second, *others = self.people(40)
        self.follow_in_turn(first, others)
        follow_many((second, other) for other in others[::2])
        common = get_common_followings(first, second).instances()
        expected = others[::2][::-1]
        seen: list[Person] = []
        page = common.page(7)
        while page.next:
            seen += page.items
            page = common.page(7, after=page.next)
        self.assertEqual([*seen, *page.items], expected)
        self.assertEqual(common.page(7, after=page.previous).items, expected[7:14])
        self.assertEqual(list(common.oldest_first()), expected[::-1])
        since = common.since(NOON + 10 * SECOND).until(NOON + 20 * SECOND)
        self.assertEqual(list(since), [others[n] for n in (18, 16, 14, 12, 10)])
        self.assertEqual(len(since), 5)
        self.refused(
            InvalidCursor,
            get_common_followings(second, first).page,
            7,
            after=page.previous,
        )

    def test_the_shorter_list_is_walked(self) -> None:
        """The answer and the cost do not depend on which of the two lists is the long
        one.
        """
        star, fan, *crowd = self.people(4 * WALK_SIZE)
        self.follow_in_turn(star, [*crowd, fan])
        follow_many((crowd[number], star) for number in (0, 1, 700, 1500))
        expected = self.refs([crowd[n] for n in (1500, 700, 1, 0)])
        with self.at_most(6):
            self.assertEqual(get_friends(star).refs()[:5], expected)
        with self.at_most(5):
            self.assertEqual(get_friends_count(star), 4)
        self.follow_in_turn(fan, crowd[5:9])
        for one, other in ((fan, star), (star, fan)):
            with self.at_most(6):
                common = get_common_followings(one, other).refs()[:10]
            self.assertEqual(common, self.refs(crowd[8:4:-1]))

    def test_derived_and_own_answers_are_the_same(self) -> None:
        star, fan, *crowd = self.people(2 * WALK_SIZE)
        self.follow_in_turn(star, [*crowd, fan])
        follow_many((fan, one, NOON) for one in crowd[3:400:40])
        a, b = self.refs([star, fan])
        for first, second in (
            (Neighbours(a, "followings"), Neighbours(b, "followings")),
            (Neighbours(b, "followings"), Neighbours(a, "followings")),
            (Neighbours(a, "followings"), Neighbours(b, "followers")),
        ):
            count = CommonCount(FOLLOW.name, first, second)
            self.assertEqual(
                self.store.ask(count),
                drive(derived.common_count(count), self.store.ask),
            )
            for window in (
                Window(5),
                Window(4, None, 2, newest_first=False),
                Window(40, None, 3, identifiers=["testing.person"]),
                Window(40, identifiers=["testing.club"]),
            ):
                common = Common(FOLLOW.name, first, second, window)
                found = self.store.ask(common)
                derived_one = drive(derived.common(common), self.store.ask)
                self.assertEqual(found, derived_one)
                self.assertLessEqual(len(found), window.limit)

    def test_pages_of_many(self) -> None:
        people = self.people(140)
        self.follow_in_turn(people[0], people[1:])
        follow_many((person, people[0]) for person in people[1:])
        refs = self.refs(people)
        with self.at_most(2):
            pages = self.store.ask(
                PagesOf(FOLLOW.name, refs, "followings", Window(limit=3))
            )
        self.assertEqual(pages.keys(), set(refs))
        for ref in refs[:5]:
            page = self.store.ask(
                PageOf(FOLLOW.name, ref, "followings", Window(limit=3))
            )
            self.assertEqual(pages[ref], page)
        self.assertEqual(
            self.store.ask(PagesOf(FOLLOW.name, [], "followings", Window(limit=3))), {}
        )

    def test_suggestions(self) -> None:
        viewer, a, b, c, d, e, f = self.people(7)
        club = Club.objects.create()
        self.follow_in_turn(viewer, [a, b, c])
        follow_many([(a, d), (b, d), (c, d), (a, club), (c, club), (b, e), (b, viewer)])
        follow_many([(a, b), (d, f), (e, f)])
        with self.at_most(6):
            found = get_suggestions(viewer)
        self.assertEqual(
            [(each.instance, each.score, each.reasons) for each in found],
            [(d, 3, [c, b, a]), (club, 2, [c, a]), (e, 1, [b])],
        )
        self.assertEqual([s.instance for s in get_suggestions(viewer, Club)], [club])
        self.assertEqual([s.instance for s in get_suggestions(viewer, limit=1)], [d])
        [first] = get_suggestions(viewer, limit=1, reasons=1)
        self.assertEqual((first.score, first.reasons), (3, [c]))
        self.assertEqual(get_suggestions(f), [])
        follow(viewer, d)
        self.assertNotIn(d, [s.instance for s in get_suggestions(viewer)])

    def test_suggestions_are_bounded(self) -> None:
        viewer, *people = self.people(30)
        self.follow_in_turn(viewer, people[:10])
        for number in range(10):
            self.follow_in_turn(people[number], people[10:])
        # The search covers the last followings of the two resources that were followed
        # last.
        found = get_suggestions(viewer, breadth=2, depth=3, limit=50)
        self.assertEqual({s.instance for s in found}, set(people[-3:]))
        self.assertEqual({s.score for s in found}, {2})
        # The viewer follows this person, who is not among the two.
        follow_many([(viewer, people[-1], NOON - SECOND)])
        found = get_suggestions(viewer, breadth=2, depth=3)
        self.assertEqual({s.instance for s in found}, set(people[-3:-1]))
        for wrong in ({"limit": 0}, {"breadth": 0}, {"depth": -1}):
            message = self.refused(ValueError, get_suggestions, viewer, **wrong)
            self.assertIn(next(iter(wrong)), message)
        self.refused(NotRegistered, get_suggestions, viewer, Stranger)

    def test_suggestions_leave_out_what_is_hidden_or_gone(self) -> None:
        viewer, a, *others = self.people(30)
        follow(viewer, a)
        self.follow_in_turn(a, others)
        hidden, gone = others[:10], others[10:15]
        Person.objects.filter(pk__in=[p.pk for p in hidden]).update(name="hidden")
        Person.objects.filter(pk__in=[p.pk for p in gone])._raw_delete("default")
        found = get_suggestions(viewer, limit=5)
        self.assertEqual([s.instance for s in found], others[15:20])

    async def test_await_suggestions(self) -> None:
        viewer, a, b = [await Person.objects.acreate(name=name) for name in "vab"]
        await self.store.aask(Add([self.edge(viewer, a), self.edge(a, b)]))
        [found] = await aget_suggestions(viewer)
        self.assertEqual((found.instance, found.reasons), (b, [a]))
        self.assertEqual(await get_friends(viewer).acount(), 0)
        common = get_common_followings(viewer, a)
        self.assertEqual(await common.acount(), 0)
        self.assertEqual([each async for each in common], [])

    async def test_await_what_is_common(self) -> None:
        first, second, third = [
            await Person.objects.acreate(name=name) for name in "abc"
        ]
        await self.store.aask(
            Add(
                [
                    self.edge(first, third),
                    self.edge(second, third),
                    self.edge(third, first),
                ]
            )
        )
        common = get_common_followings(first, second)
        self.assertEqual(await common.afirst(), (third, NOON))
        self.assertEqual(await common.acount(), 1)
        self.assertIs(await common.acontains(third), True)
        self.assertEqual((await get_friends(first).apage(5)).items, [(third, NOON)])
        refs = [registry.ref(each) for each in (first, second, third)]
        pages = await self.store.aask(
            PagesOf(FOLLOW.name, refs, "followings", Window(limit=1))
        )
        self.assertEqual([len(pages[ref]) for ref in refs], [1, 1, 1])
        followings = [Neighbours(ref, "followings") for ref in refs[:2]]
        one, other = followings
        question = CommonCount(FOLLOW.name, one, other)
        count = await adrive(derived.common_count(question), self.store.aask)
        self.assertEqual(count, 1)

    def refs(self, instances: list[Any]) -> list[Ref]:
        return [registry.ref(instance) for instance in instances]
