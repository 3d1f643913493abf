"""Edges that have an end, and lists that exclude others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async

from sequere.api import (
    amute,
    block,
    follow,
    follow_many,
    follow_states,
    get_blocked,
    get_followers,
    get_muted,
    get_muted_count,
    is_following,
    is_muting,
    mute,
    mute_many,
    muted_among,
    unmute,
)
from sequere.exceptions import InvalidEdge
from sequere.questions import Archive, Expire, Put
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW, MUTE
from sequere.signals import edges_added, edges_changed, edges_removed
from sequere.testing.base import NOON, SECOND, needs
from sequere.testing.models import Club, Person
from sequere.testing.policy import PolicyCase
from sequere.times import now
from sequere.types import Attempt, Edge, FollowState, Pair

LATER = NOON + SECOND
HOUR = timedelta(hours=1)


@needs("supports_policy")
class MuteTests(PolicyCase):
    def test_a_mute_without_end(self) -> None:
        a, b = self.people(2)
        follow(a, b)
        self.assertIs(mute(a, b), True)
        self.assertIs(mute(a, b), False)
        self.assertIs(is_muting(a, b), True)
        self.assertIs(is_following(a, b), True)
        self.assertEqual(get_muted(a).instances(), [b])
        self.assertEqual(get_muted_count(a), 1)
        self.assertIs(unmute(a, b), True)
        self.assertIs(unmute(a, b), False)
        self.assertEqual(get_muted(a), [])

    def test_signals_of_mutes(self) -> None:
        """The end of an edge is announced with its edge, and never by itself."""
        a, b = self.people(2)
        heard: list[tuple[Any, str, Edge]] = []

        def hear(sender: Any, edges: list[Edge], reason: str, **kwargs: Any) -> None:
            heard.extend((sender, reason, edge) for edge in edges)

        for signal in (edges_added, edges_removed, edges_changed):
            signal.connect(hear, weak=False)
            self.addCleanup(signal.disconnect, hear)
        mute(a, b, until=now() + HOUR)
        mute(a, b, until=now() + 2 * HOUR)
        unmute(a, b)
        found = [(sender, reason) for sender, reason, _ in heard]
        self.assertEqual(found, [(MUTE, "follow"), (MUTE, "unfollow")])

    def test_a_mute_with_an_end(self) -> None:
        a, b = self.people(2)
        end = now() + HOUR
        self.assertIs(mute(a, b, until=end), True)
        self.assertIs(mute(a, b, until=end), False)
        self.assertEqual(follow_states(a, [b])[b].muted_until, end)
        self.assertIs(mute(a, b, until=end + HOUR), True)
        self.assertEqual(follow_states(a, [b])[b].muted_until, end + HOUR)
        self.assertIs(mute(a, b), True)
        self.assertEqual(follow_states(a, [b])[b], FollowState(muted=True))

    def test_a_mute_that_has_ended(self) -> None:
        a, b, c = self.people(3)
        for person in (b, c):
            mute(a, person, until=now() + HOUR)
        self.end(a, b)
        self.assertIs(is_muting(a, b), False)
        self.assertEqual(follow_states(a, [b])[b], FollowState())
        self.assertEqual(get_muted(a).instances(), [c])
        self.assertEqual(len(get_muted(a)), 1)
        self.assertNotIn(b, get_muted(a))
        self.assertEqual(get_muted_count(a), 1)
        self.assertEqual(MUTE.sources_counts([b, c]), {b: 0, c: 1})
        self.assertEqual(set(muted_among(a, [b, c])), {c})
        self.assertIs(unmute(a, b), False)
        self.assertIs(mute(a, b), True)
        self.assertIs(is_muting(a, b), True)

    def test_attempts(self) -> None:
        a, b = self.people(2)
        self.assertIs(MUTE.attempt(a, b), Attempt.NEW)
        self.assertIs(MUTE.attempt(a, b), Attempt.SAME)
        mute(a, b, until=now() + HOUR)
        self.assertIs(MUTE.attempt(a, b), Attempt.SAME)
        self.assertEqual(follow_states(a, [b])[b], FollowState(muted=True))
        mute(a, b, until=now() + HOUR)
        self.end(a, b)
        self.assertIs(MUTE.attempt(a, b), Attempt.NEW)
        self.assertEqual(follow_states(a, [b])[b], FollowState(muted=True))

    def test_what_has_ended_is_removed(self) -> None:
        a, b, c, d, e, f = self.people(6)
        moment = now()
        mute_many([(a, b), (a, c), (a, d)], until=moment + HOUR)
        mute(a, e)
        follow(a, b)
        self.end(a, b)
        self.end(a, f)
        self.store.ask(Archive(MUTE.name, registry.ref(b)))
        pairs = [Pair(registry.ref(a), registry.ref(each)) for each in (b, c, e, f)]
        before = set(self.every_edge())
        heard: list[tuple[Any, str, int]] = []

        def hear(sender: Any, edges: list[Edge], reason: str, **kwargs: Any) -> None:
            heard.append((sender, reason, len(edges)))

        edges_removed.connect(hear, weak=False)
        self.addCleanup(edges_removed.disconnect, hear)
        gone = self.store.ask(Expire(MUTE.name, pairs, moment))
        self.assertEqual(
            {(edge.relation, edge.target) for edge in gone},
            {
                ("mute", registry.ref(b)),
                ("mute.until", registry.ref(b)),
                ("mute.until", registry.ref(f)),
            },
        )
        self.assertEqual(before - set(self.every_edge()), set(gone))
        self.assertEqual(heard, [(MUTE, "expired", 1)])
        self.assertEqual(self.store.ask(Expire(MUTE.name, pairs, moment)), [])
        later = self.store.ask(Expire(MUTE.name, pairs, moment + HOUR))
        self.assertEqual({edge.target for edge in later}, {registry.ref(c)})
        self.assert_true_counts()
        for relation in (FOLLOW.name, BLOCK.name):
            self.refused(InvalidEdge, self.store.ask, Expire(relation, pairs, moment))

    def test_many_mutes(self) -> None:
        user, *people = self.people(5)
        end = now() + HOUR
        self.assertEqual(len(mute_many([(user, p) for p in people], until=end)), 4)
        states = follow_states(user, people).values()
        self.assertEqual({state.muted_until for state in states}, {end})

    def test_mutes_that_are_refused(self) -> None:
        a, b = self.people(2)
        self.refused(InvalidEdge, mute, a, b, until=now() - SECOND)
        self.refused(InvalidEdge, follow, a, b, until=now() + HOUR)
        self.refused(InvalidEdge, mute, a, b, until="tomorrow")
        self.assertEqual(list(self.every_edge()), [])

    def test_deletion_leaves_no_end(self) -> None:
        a, b = self.people(2)
        mute(a, b, until=now() + HOUR)
        b.delete()
        self.assertEqual(list(self.every_edge()), [])

    async def test_await_mutes(self) -> None:
        a, b = await sync_to_async(self.people)(2)
        self.assertIs(await amute(a, b, until=now() + HOUR), True)
        self.assertEqual(await get_muted(a).acount(), 1)

    def test_lists_that_exclude(self) -> None:
        me, club, *people = [self.person(), Club.objects.create(), *self.people(5)]
        follow_many([(person, club) for person in people])
        block(me, people[0])
        mute(me, people[1], until=now() + HOUR)
        mute(me, people[2], until=now() + HOUR)
        self.end(me, people[2])
        lists = [get_blocked(me), get_muted(me)]
        followers = get_followers(club, exclude=lists).instances()
        self.assertEqual(set(followers), set(people[2:]))
        self.assertEqual(len(followers), 3)
        self.assertNotIn(people[1], followers)
        self.assertEqual(
            set(get_followers(club, exclude=lists[0]).ids()),
            {person.pk for person in people[1:]},
        )
        self.assertEqual(len(followers.page(2).items), 2)
        for nonsense in (get_blocked(me, Person), get_blocked(me).since(NOON)):
            self.refused(ValueError, get_followers, club, exclude=nonsense)

    def end(self, source: Any, target: Any) -> None:
        """Let a mute end."""
        edge = self.edge(source, target, now() - SECOND, "mute.until")
        self.store.ask(Put([edge]))
