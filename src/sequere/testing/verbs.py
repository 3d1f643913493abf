from __future__ import annotations

from datetime import timedelta

from sequere.api import (
    follow,
    follow_many,
    followers_among,
    followings_among,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings,
    get_followings_count,
    get_followings_counts,
    is_following,
    unfollow,
    unfollow_many,
)
from sequere.exceptions import SelfFollow
from sequere.questions import Add, Remove
from sequere.registration import registry
from sequere.testing.base import NOON, SECOND, ConformanceCase
from sequere.testing.models import Club, Person, Place
from sequere.types import Pair, Ref


class VerbTests(ConformanceCase):
    def test_follow_and_unfollow(self) -> None:
        user, club = self.person(), Club.objects.create()
        self.assertIs(follow(user, club), True)
        self.assertIs(is_following(user, club), True)
        self.assertIs(is_following(club, user), False)
        self.assertEqual(get_followers_count(club), 1)
        self.assertEqual(get_followings_count(user), 1)
        self.assertEqual(get_followers_count(user), 0)
        self.assertIs(unfollow(user, club), True)
        self.assertIs(is_following(user, club), False)
        self.assertEqual(get_followers_count(club), 0)

    def test_the_second_follow_changes_nothing(self) -> None:
        user, club = self.person(), Club.objects.create()
        follow(user, club)
        first = list(get_followers(club))
        self.assertIs(follow(user, club), False)
        self.assertEqual(get_followers(club), first)
        self.assertEqual(get_followers_count(club), 1)

    def test_unfollow_of_nothing(self) -> None:
        user, club = self.person(), Club.objects.create()
        self.assertIs(unfollow(user, club), False)
        self.assertEqual(get_followers_count(club), 0)

    def test_following_again_takes_a_new_time(self) -> None:
        user, club = self.person(), Club.objects.create()
        follow_many([(user, club, NOON)])
        unfollow(user, club)
        follow(user, club)
        [(_, since)] = get_followers(club)
        self.assertGreater(since, NOON)

    def test_nobody_follows_themselves(self) -> None:
        user = self.person()
        message = self.refused(SelfFollow, follow, user, user)
        self.assertIn(f"testing.person:{user.pk}", message)
        self.assertTrue(issubclass(SelfFollow, ValueError))
        self.assertEqual(get_followers_count(user), 0)

    def test_every_type_follows_every_type(self) -> None:
        everything = self.one_of_each()
        for source in everything:
            for target in everything:
                if source is not target:
                    self.assertIs(follow(source, target), True)
        for resource in everything:
            self.assertEqual(get_followers_count(resource), len(everything) - 1)
            self.assertEqual(get_followings_count(resource), len(everything) - 1)
            followers = {follower for follower, _ in get_followers(resource)}
            self.assertEqual(followers, set(everything) - {resource})

    def test_kinds(self) -> None:
        user, club, place = self.person(), Club.objects.create(), Place.objects.create()
        follow_many([(user, place, NOON), (club, place, NOON + SECOND)])
        self.assertEqual(get_followers(place, Person), [(user, NOON)])
        self.assertEqual(get_followers(place, "testing.club")[0][0], club)
        self.assertEqual(len(get_followers(place, Person, Club)), 2)
        self.assertEqual(get_followers_count(place, Person), 1)
        self.assertEqual(get_followers_count(place, Place), 0)
        self.assertEqual(get_followings(user, Club), [])
        self.assertEqual(get_followings_count(user, Place), 1)

    def test_a_ref_stands_for_an_instance(self) -> None:
        user, club = self.person(), Club.objects.create()
        ref = Ref("testing.person", f"0{user.pk}")
        self.assertIs(follow(ref, club), True)
        self.assertIs(follow(user, club), False)
        self.assertIs(is_following(ref, Ref("testing.club", str(club.pk))), True)
        self.assertIs(unfollow(ref, club), True)

    def test_the_mixin(self) -> None:
        user, other = self.person(), self.person("other")
        self.assertIs(user.follow(other), True)
        self.assertIs(other.follow(user), True)
        self.assertIs(user.is_following(other), True)
        self.assertEqual(user.get_followers_count(), 1)
        self.assertEqual(user.get_followings_count(), 1)
        self.assertEqual(user.get_friends_count(), 1)
        for pairs in (user.get_followers(), user.get_followings(), user.get_friends()):
            self.assertEqual([pair[0] for pair in pairs], [other])
        self.assertIs(user.unfollow(other), True)
        self.assertIs(other.is_followed_by(user), False)
        self.assertIs(user.is_followed_by(other), True)

    def test_follow_many(self) -> None:
        people, club = self.people(30), Club.objects.create()
        new = follow_many((person, club) for person in people[:20])
        self.assertEqual({edge.source.object_id for edge in new}, ids(people[:20]))
        again = follow_many([(registry.ref(person), club) for person in people])
        self.assertEqual({edge.source.object_id for edge in again}, ids(people[20:]))
        self.assertEqual(get_followers_count(club), 30)
        self.assertEqual(follow_many([]), [])

    def test_follow_many_of_all_types(self) -> None:
        everything = self.one_of_each()
        pairs = [(a, b) for a in everything for b in everything if a is not b]
        self.assertEqual(len(follow_many(pairs)), len(pairs))
        self.assert_true_counts()
        self.assertEqual(len(unfollow_many(pairs)), len(pairs))
        self.assert_true_counts()

    def test_follow_many_keeps_the_first_time(self) -> None:
        user, club = self.person(), Club.objects.create()
        [edge] = follow_many([(user, club, NOON), (user, club, NOON + SECOND)])
        self.assertEqual(edge.created, NOON)
        self.assertEqual(follow_many([(user, club, NOON - SECOND)]), [])
        self.assertEqual(get_followers(club), [(user, NOON)])

    def test_follow_many_or_none(self) -> None:
        people, club = self.people(3), Club.objects.create()
        follows = [(people[0], club), (people[1], club), (club, club)]
        self.refused(SelfFollow, follow_many, follows)
        self.assertEqual(get_followers_count(club), 0)

    def test_unfollow_many(self) -> None:
        people, club = self.people(10), Club.objects.create()
        follow_many([(person, club, NOON) for person in people[:6]])
        gone = unfollow_many((person, club) for person in [*people[4:], people[5]])
        self.assertEqual({edge.source.object_id for edge in gone}, ids(people[4:6]))
        self.assertEqual({edge.created for edge in gone}, {NOON})
        self.assertEqual(get_followers_count(club), 4)

    def test_among(self) -> None:
        user, *everything = self.one_of_each()
        follow_many([(user, everything[0], NOON), (user, everything[2], NOON)])
        follow_many([(everything[1], user, NOON)])
        self.assertEqual(
            followings_among(user, iter([*everything, user])),
            {everything[0]: NOON, everything[2]: NOON},
        )
        self.assertEqual(followers_among(user, everything), {everything[1]: NOON})
        self.assertEqual(followings_among(user, []), {})

    def test_among_a_thousand(self) -> None:
        user, *people = self.people(1001)
        follow_many((user, person) for person in people[::2])
        self.assertEqual(followings_among(user, people).keys(), set(people[::2]))

    def test_counts_of_many(self) -> None:
        first, second, *people = self.people(12)
        follow_many((person, first) for person in people)
        follow_many((person, second) for person in people[:3])
        counts = get_followers_counts(iter([first, second, people[0]]))
        self.assertEqual(counts, {first: 10, second: 3, people[0]: 0})
        followings = get_followings_counts([people[0], people[9], first])
        self.assertEqual(followings, {people[0]: 2, people[9]: 1, first: 0})
        self.assertEqual(get_followers_counts([]), {})

    def test_relations_do_not_mix(self) -> None:
        user, club = self.person(), Club.objects.create()
        self.store.ask(Add([self.edge(user, club, relation="testing.bookmark")]))
        self.assertIs(is_following(user, club), False)
        self.assertEqual(get_followers_count(club), 0)
        self.assertEqual(get_followers(club), [])
        self.assertIs(follow(user, club), True)
        self.store.ask(
            Remove("testing.bookmark", [Pair(registry.ref(user), registry.ref(club))])
        )
        self.assertIs(is_following(user, club), True)

    def test_clear(self) -> None:
        user, club = self.person(), Club.objects.create()
        follow(user, club)
        self.store.clear()
        self.assertEqual(get_followers(club), [])
        self.assertEqual(get_followers_count(club), 0)
        self.assertIs(follow(user, club), True)
        self.assertEqual(get_followers_count(club), 1)

    def test_times_are_exact(self) -> None:
        first, *people = self.people(7)
        times = [NOON + timedelta(microseconds=n) for n in range(5)]
        times.append(NOON - timedelta(days=365 * 60))
        follow_many(zip(people, [first] * 6, times, strict=True))
        self.assertEqual(
            [when for _, when in get_followers(first)], sorted(times, reverse=True)
        )


def ids(people: list[Person]) -> set[str]:
    return {str(person.pk) for person in people}
