from __future__ import annotations

from datetime import timedelta
from typing import Any

from sequere.api import (
    aarchive,
    archive,
    arestore,
    follow,
    follow_many,
    follow_states,
    followers_among,
    followings_among,
    friends_among,
    get_common_followers,
    get_common_followings,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings,
    get_followings_count,
    get_friends,
    get_friends_count,
    get_known_followers,
    get_suggestions,
    is_following,
    restore,
    unfollow,
    unfollow_many,
)
from sequere.exceptions import NotSupported
from sequere.questions import Add, Archive, Restore
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, SECOND, ConformanceCase, needs
from sequere.testing.models import Club, Label, Person
from sequere.types import (
    SOURCE_ARCHIVED,
    TARGET_ARCHIVED,
    Edge,
    FollowState,
    Pair,
    Ref,
)

LATER = NOON + SECOND
BOTH_ARCHIVED = SOURCE_ARCHIVED | TARGET_ARCHIVED


class ArchiveCase(ConformanceCase):
    def seen(self, *resources: Any) -> list[Any]:
        """Return all items that the lists of `resources` show."""
        return [
            (list(get_followers(each)), list(get_followings(each)))
            for each in resources
        ]

    def stored(self) -> set[Edge]:
        return set(self.every_edge())

    def pair(self, source: Any, target: Any) -> Pair:
        return Pair(registry.ref(source), registry.ref(target))


@needs("supports_archive")
class ArchiveTests(ArchiveCase):
    """Archived edges are in no list and no count, and come back unchanged."""

    def test_archive_and_restore(self) -> None:
        user, *others = self.people(8)
        label = Label.objects.create(name="a:b é")
        follow_many((user, other, NOON) for other in [*others[:4], label])
        follow_many((other, user, LATER) for other in others[2:])
        before = self.seen(user, *others, label)
        heard = self.listen()
        archive(user)
        self.assertEqual(get_followers_count(user), 0)
        self.assertEqual(get_followings_count(user), 0)
        self.assertEqual(get_followers(others[0]), [])
        self.assertEqual(get_followers_count(label), 0)
        self.assertEqual(get_followings_count(others[2]), 0)
        self.assertIs(is_following(user, others[0]), False)
        self.assert_true_counts()
        restore(user)
        self.assertEqual(self.seen(user, *others, label), before)
        self.assertEqual(heard, [])
        self.assert_true_counts()

    def test_archiving_or_restoring_twice_changes_nothing(self) -> None:
        a, b = self.people(2)
        follow_many([(a, b, NOON)])
        restore(a)
        self.assertEqual(get_followers(b), [(a, NOON)])
        archive(a)
        stored = self.stored()
        archive(a)
        self.assertEqual(self.stored(), stored)
        restore(a)
        restore(a)
        self.assertEqual(get_followers(b), [(a, NOON)])
        self.assert_true_counts()

    def test_both_ends_are_archived(self) -> None:
        a, b, c = self.people(3)
        follow_many([(a, b, NOON), (b, a, NOON), (a, c, NOON)])
        before = self.seen(a, b, c)
        for first, second in ((a, b), (b, a)):
            archive(a)
            archive(b)
            restore(first)
            self.assertIs(is_following(a, b), False)
            self.assertIs(is_following(b, a), False)
            self.assertEqual(get_followers_count(first), 0)
            self.assertIs(is_following(a, c), first is a)
            restore(second)
            self.assertEqual(self.seen(a, b, c), before)
        self.assert_true_counts()

    def test_a_later_follow_is_seen(self) -> None:
        a, b, c = self.people(3)
        follow_many([(a, b, NOON)])
        archive(a)
        self.assertIs(follow(a, c), True)
        self.assertIs(follow(b, a), True)
        self.assertEqual([each for each, _ in get_followings(a)], [c])
        self.assertEqual([each for each, _ in get_followers(a)], [b])
        self.assert_true_counts()
        archive(a)
        self.assertEqual(self.seen(a), [([], [])])
        restore(a)
        self.assertEqual({each for each, _ in get_followings(a)}, {b, c})
        self.assertEqual(get_followers_count(a), 1)
        self.assert_true_counts()

    def test_following_what_is_archived_changes_nothing(self) -> None:
        a, b = self.people(2)
        follow_many([(a, b, NOON)])
        heard = self.listen()
        for hide, show in ((a, a), (b, b)):
            archive(hide)
            self.assertIs(follow(a, b), False)
            self.assertEqual(follow_many([(a, b, LATER)]), [])
            self.assertIs(is_following(a, b), False)
            self.assertEqual(get_followers_count(b), 0)
            restore(show)
            self.assertEqual(get_followers(b), [(a, NOON)])
        self.assertEqual(heard, [])
        self.assert_true_counts()

    def test_the_first_time_outlasts_every_detour(self) -> None:
        a, b = self.people(2)
        follow_many([(a, b, NOON)])
        archive(a)
        follow_many([(a, b, LATER)])
        archive(b)
        follow_many([(a, b, NOON - SECOND)])
        restore(a)
        follow_many([(a, b, LATER)])
        restore(b)
        self.assertEqual(get_followings(a), [(b, NOON)])
        self.assertEqual(get_followers(b), [(a, NOON)])

    def test_unfollowing_what_is_archived(self) -> None:
        a, *others = self.people(5)
        follow_many((a, other, NOON) for other in others)
        archive(a)
        archive(others[1])
        heard = self.listen()
        self.assertIs(unfollow(a, others[0]), True)
        self.assertIs(unfollow(a, others[0]), False)
        gone = unfollow_many([(a, others[1]), (a, others[2]), (others[2], a)])
        archived = self.edge(a, others[2])._replace(state=SOURCE_ARCHIVED)
        both = self.edge(a, others[1])._replace(state=BOTH_ARCHIVED)
        self.assertEqual(set(gone), {archived, both})
        self.assertEqual([word for word, _ in heard], ["unfollowed"] * 3)
        restore(a)
        restore(others[1])
        self.assertEqual(get_followings(a), [(others[3], NOON)])
        self.assertIs(follow(a, others[0]), True)
        self.assertGreater(get_followings(a)[0][1], NOON)
        self.assert_true_counts()

    def test_archived_edges_are_in_no_answer(self) -> None:
        user, friend, gone, other = self.people(4)
        everyone = [user, friend, gone, other]
        follow_many((a, b, NOON) for a in everyone for b in everyone if a is not b)
        unfollow(user, other)
        archive(gone)
        self.assertEqual(get_friends(user), [(friend, NOON)])
        self.assertEqual(get_friends_count(user), 1)
        self.assertEqual(friends_among(user, everyone), {friend: NOON})
        self.assertEqual(followings_among(user, everyone), {friend: NOON})
        followers = followers_among(user, everyone)
        self.assertEqual(followers, {friend: NOON, other: NOON})
        states = follow_states(user, [gone, other])
        self.assertEqual(states[gone], FollowState(None, None))
        self.assertEqual(states[other], FollowState(None, NOON))
        self.assertEqual(get_common_followings(user, other), [(friend, NOON)])
        self.assertEqual(len(get_common_followings(user, other)), 1)
        self.assertEqual(get_common_followers(user, other), [(friend, NOON)])
        self.assertEqual(get_known_followers(user, other), [(friend, NOON)])
        self.assertEqual(get_followers_counts(everyone)[gone], 0)
        self.assertEqual(len(get_followers(friend).since(NOON)), 2)
        self.assertEqual(len(get_followers(friend).until(LATER)), 2)
        self.assertNotIn(gone, get_followers(user))
        [suggestion] = get_suggestions(user)
        self.assertEqual((suggestion.instance, suggestion.score), (other, 1))
        for found in (Person.objects.followed_by, Person.objects.followers_of):
            self.assertNotIn(gone, found(user))
            self.assertEqual(list(found(gone)), [])
        if self.joins_querysets:
            rows: Any = Person.objects.with_follow_state(user).with_followers_count()
            row = rows.get(pk=gone.pk)
            seen = row.is_followed, row.follows_viewer, row.followers_count
            self.assertEqual(seen, (False, False, 0))

    def test_pages_go_on_beside_what_is_archived(self) -> None:
        club, people = Club.objects.create(), self.people(20)
        follow_many((person, club, NOON) for person in people)
        followers = get_followers(club).oldest_first().instances()
        page = followers.page(5)
        for person in (people[1], people[4], people[6]):
            archive(person)
        second = followers.page(5, after=page.next)
        self.assertEqual(second.items, [people[5], *people[7:11]])
        self.assertEqual(followers.page(2, after=second.previous).items, people[2:4])
        restore(people[4])
        before = followers.page(9, after=second.previous)
        self.assertEqual(before.items, [people[0], *people[2:5]])

    def test_archived_edges_of_every_type(self) -> None:
        everything = self.one_of_each()
        pairs = [(a, b, NOON) for a in everything for b in everything if a is not b]
        follow_many(pairs)
        before = self.seen(*everything)
        for each in everything:
            archive(each)
        self.assertEqual(self.seen(*everything), [([], [])] * len(everything))
        self.assert_true_counts()
        for each in everything:
            restore(each)
        self.assertEqual(self.seen(*everything), before)
        self.assert_true_counts()

    def test_many_archived_edges(self) -> None:
        star, *crowd = self.people(1010)
        follow_many(
            (one, star, NOON + number * timedelta(microseconds=1))
            for number, one in enumerate(crowd)
        )
        archive(star)
        self.assertEqual(get_followers_count(star), 0)
        restore(star)
        self.assertEqual(get_followers_count(star), len(crowd))
        self.assertEqual(list(get_followers(star).ids())[::-1], [p.pk for p in crowd])
        self.assert_true_counts()

    def test_deletion_takes_what_is_archived(self) -> None:
        a, b, c = self.people(3)
        follow_many([(a, b, NOON), (c, a, NOON), (b, c, NOON)])
        self.store.ask(Add([self.edge(a, b, relation="testing.bookmark")]))
        self.store.ask(Archive("testing.bookmark", registry.ref(b)))
        archive(a)
        archive(b)
        b.delete()
        self.assertEqual(self.edges_at(registry.ref(c)), {self.pair(c, a)})
        restore(a)
        self.assertEqual(get_followings(a), [])
        self.assertEqual(get_followers(a), [(c, NOON)])
        archive(c)
        ref = registry.ref(a)
        a.delete()
        restore(c)
        restore(ref)
        self.assertEqual(self.stored(), set())
        self.assert_true_counts()

    def edges_at(self, ref: Ref) -> set[Pair]:
        return {Pair(*edge[1:3]) for edge in self.stored() if ref in edge}

    async def test_await_archive_and_restore(self) -> None:
        a, b = [await Person.objects.acreate(name=name) for name in "ab"]
        await self.store.aask(Add([self.edge(a, b)]))
        await aarchive(b)
        self.assertEqual(await get_followings(a).acount(), 0)
        await arestore(b)
        self.assertEqual(await get_followings(a).afirst(), (b, NOON))
        ref, archived = registry.ref(b), self.edge(a, b)._replace(state=TARGET_ARCHIVED)
        changed = await self.store.aask(Archive(FOLLOW.name, ref, report=True))
        self.assertEqual(changed, [archived])
        restored = await self.store.aask(Restore(FOLLOW.name, ref, report=True))
        self.assertEqual(restored, [self.edge(a, b)])
        self.assertEqual(await self.store.aask(Archive(FOLLOW.name, ref)), [])


class NoArchiveTests(ConformanceCase):
    def test_a_backend_that_cannot_archive_says_so(self) -> None:
        if self.store.supports_archive:
            self.skipTest("supports_archive is on")
        user = self.person()
        for call in (archive, restore):
            message = self.refused(NotSupported, call, user)
            self.assertIn("'default'", message)
            self.assertIn("supports_archive", message)
