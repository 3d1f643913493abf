"""A block cuts edges, and bars new edges."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async

from sequere.api import (
    aattempt_follow,
    ablock,
    accept,
    afollow,
    archive,
    attempt_follow,
    aunblock,
    block,
    block_many,
    blocked_among,
    follow,
    follow_many,
    follow_states,
    get_blocked,
    get_blocked_count,
    get_followers,
    get_followers_count,
    get_followings,
    get_suggestions,
    is_blocking,
    is_following,
    mute,
    remove_edges,
    restore,
    unblock,
)
from sequere.exceptions import InvalidEdge, SelfFollow
from sequere.questions import Add, Archive, Block, Put, Remove, Unblock
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW
from sequere.signals import edges_added, edges_removed
from sequere.testing.base import NOON, SECOND, needs
from sequere.testing.models import Person
from sequere.testing.policy import PolicyCase
from sequere.times import now
from sequere.types import (
    REQUESTED,
    TARGET_ARCHIVED,
    Attempt,
    Edge,
    FollowState,
    Pair,
)

LATER = NOON + SECOND
HOUR = timedelta(hours=1)


@needs("supports_policy")
class BlockTests(PolicyCase):
    def test_a_block_cuts_and_bars(self) -> None:
        a, b, other = self.people(3)
        follow_many([(a, b, NOON), (b, a, LATER), (a, other, NOON), (other, b, NOON)])
        self.assertIs(block(a, b), True)
        self.assertIs(block(a, b), False)
        for source, target in ((a, b), (b, a)):
            self.assertIs(is_following(source, target), False)
            self.assertIs(follow(source, target), False)
            self.assertEqual(follow_many([(source, target)]), [])
        self.assertIs(is_blocking(a, b), True)
        self.assertIs(is_blocking(b, a), False)
        self.assertEqual(get_blocked(a).instances(), [b])
        self.assertEqual(get_blocked_count(a), 1)
        self.assertEqual(set(blocked_among(a, [b, other])), {b})
        self.assertEqual(get_followings(a).instances(), [other])
        self.assertEqual(get_followers(b).instances(), [other])
        self.assertEqual(attempt_follow(a, b), Attempt.BLOCKING)
        self.assertEqual(attempt_follow(b, a), Attempt.BLOCKED)
        self.assertIs(unblock(a, b), True)
        self.assertIs(unblock(a, b), False)
        self.assertIs(is_following(a, b), False)
        self.assertIs(follow(a, b), True)
        self.assert_true_counts()

    def test_nothing_brings_back_what_was_cut(self) -> None:
        a, b = self.people(2)
        for first in (archive, lambda it: None):
            follow(a, b)
            first(b)
            block(b, a)
            restore(b)
            self.assertIs(accept(b, a), False)
            unblock(b, a)
            restore(b)
            self.assertIsNone(self.found(a, b))

    def test_blocks_of_both(self) -> None:
        a, b = self.people(2)
        self.assertIs(block(a, b), True)
        self.assertIs(block(b, a), True)
        self.assertIs(unblock(a, b), True)
        self.assertEqual(attempt_follow(a, b), Attempt.BLOCKED)
        self.assertEqual(attempt_follow(b, a), Attempt.BLOCKING)
        self.assertIs(unblock(b, a), True)
        self.assertIs(follow(a, b), True)

    def test_what_a_block_says(self) -> None:
        a, b, c = map(registry.ref, self.people(3))
        edges = [
            Edge("follow", a, b, NOON, TARGET_ARCHIVED, 3),
            Edge("follow", b, a, LATER, REQUESTED),
            Edge("follow", a, c, NOON),
        ]
        self.store.ask(Add(edges))
        new = [Edge("block", a, b, NOON), Edge("block", a, c, NOON)]
        answer = self.store.ask(Block(new))
        self.assertEqual(set(answer.blocks), set(new))
        self.assertEqual(set(answer.cut), set(edges))
        again = [edge._replace(created=LATER) for edge in new]
        self.assertEqual(self.store.ask(Block(again)), ([], []))
        self.assertEqual(set(self.every_edge()), set(new))
        gone = self.store.ask(Unblock([Pair(a, b), Pair(b, a), Pair(a, c)]))
        self.assertEqual(set(gone), set(new))

    def test_many_blocks(self) -> None:
        user, *people = self.people(30)
        follow_many((person, user) for person in people)
        follow_many((user, person) for person in people[:10])
        self.assertEqual(len(block_many((user, each) for each in people[5:])), 24)
        self.assertEqual(get_followers_count(user), 5)
        self.assertEqual(len(get_followings(user)), 5)
        self.assertEqual(follow_many((each, user) for each in people), [])
        self.assertEqual(len(BLOCK.remove_many((user, it) for it in people)), 24)
        self.assertEqual(len(follow_many((each, user) for each in people)), 24)
        self.assert_true_counts()

    def test_relations_that_are_barred(self) -> None:
        tight = self.relation("tight", barred=True)
        loose = self.relation("loose")
        a, b = self.people(2)
        for relation in (tight, loose):
            relation.add(a, b)
            relation.add(b, a)
        block(a, b)
        self.assertIs(tight.contains(a, b), False)
        self.assertIs(tight.add(b, a), False)
        self.assertIs(loose.contains(a, b), True)
        loose.remove(a, b)
        self.assertIs(loose.add(a, b), True)
        self.assertEqual(tight.attempt(b, a), Attempt.BLOCKED)
        unblock(a, b)
        self.assertIs(tight.add(b, a), True)

    def test_a_deleted_object_leaves_no_block_and_no_bar(self) -> None:
        a, b = self.people(2)
        key = b.pk
        block(a, b)
        block(b, a)
        b.delete()
        self.assertEqual(list(self.every_edge()), [])
        again = Person.objects.create(pk=key)
        self.assertEqual(get_blocked_count(a), 0)
        self.assertIs(follow(a, again), True)
        self.assertIs(follow(again, a), True)

    def test_a_block_from_the_admin_is_removed(self) -> None:
        a, b = self.people(2)
        block(a, b)
        [edge] = self.every_edge()
        self.assertEqual(remove_edges([edge]), [edge])
        self.assertIs(follow(b, a), True)

    def test_signals_of_blocks(self) -> None:
        a, b = self.people(2)
        follow_many([(a, b, NOON), (b, a, NOON)])
        heard = self.listen()
        said: list[Any] = []

        def hear(signal: Any, sender: Any, edges: Any, reason: str, **kw: Any) -> None:
            said.append((signal, sender, len(edges), reason))

        for signal in (edges_added, edges_removed):
            signal.connect(hear)
            self.addCleanup(signal.disconnect, hear)
        block(a, b)
        self.assertEqual(sorted(name for name, _ in heard), ["unfollowed"] * 2)
        unblock(a, b)
        self.assertEqual(
            said,
            [
                (edges_removed, FOLLOW, 2, "blocked"),
                (edges_added, BLOCK, 1, "blocked"),
                (edges_removed, BLOCK, 1, "unblocked"),
            ],
        )

    def test_blocks_that_are_refused(self) -> None:
        a, b = self.people(2)
        ref = registry.ref(a)
        edge = self.edge(a, b, relation="block")
        self.refused(SelfFollow, block, a, a)
        self.refused(InvalidEdge, self.store.ask, Add([edge]))
        self.refused(InvalidEdge, self.store.ask, Put([edge]))
        self.refused(InvalidEdge, self.store.ask, Remove("block", [Pair(*edge[1:3])]))
        self.refused(InvalidEdge, self.store.ask, Archive("block", ref))
        self.refused(InvalidEdge, BLOCK.archive, a)
        self.refused(InvalidEdge, self.store.ask, Block([edge._replace(state=1)]))
        self.refused(InvalidEdge, self.store.ask, Block([self.edge(a, b)]))
        self.refused(InvalidEdge, BLOCK.add, a, b, level=1)
        self.refused(InvalidEdge, BLOCK.add, a, b, until=now() + HOUR)
        self.assertEqual(list(self.every_edge()), [])

    async def test_await_blocks(self) -> None:
        a, b = await sync_to_async(self.people)(2)
        self.assertIs(await ablock(a, b), True)
        self.assertIs(await afollow(b, a), False)
        self.assertEqual(await aattempt_follow(b, a), Attempt.BLOCKED)
        self.assertIs(await aunblock(a, b), True)

    def test_states_of_blocks_mutes_and_requests(self) -> None:
        me, a, b, c, d, e = self.people(6)
        account = self.private()
        block(me, a)
        block(b, me)
        follow(me, account)
        self.store.ask(Add([self.edge(c, me)._replace(state=REQUESTED)]))
        follow_many([(me, d, NOON)])
        end = now() + HOUR
        mute(me, d, until=end)
        mute(me, e)
        mute(c, me)
        nothing = FollowState()
        with self.at_most(1):
            found = follow_states(me, [a, b, c, d, e, account])
        self.assertEqual(
            found,
            {
                a: nothing._replace(blocking=True),
                b: nothing._replace(blocks_viewer=True),
                c: nothing._replace(requests_viewer=True),
                d: FollowState(NOON, muted=True, muted_until=end),
                e: nothing._replace(muted=True),
                account: nothing._replace(requested=True),
            },
        )

    def test_suggestions_leave_them_out(self) -> None:
        me, friend, *others = self.people(8)
        account = self.private()
        follow_many([(me, friend), *((friend, other) for other in others)])
        self.store.ask(Add([self.edge(friend, account)]))
        blocked, blocks, muted, gone, followed, rest = others
        block(me, blocked)
        block(blocks, me)
        mute(me, muted)
        follow(me, account)
        follow(me, followed)
        follow(me, gone)
        self.store.ask(
            Put([self.edge(me, gone)._replace(state=TARGET_ARCHIVED)]),
        )
        self.assertEqual([s.instance for s in get_suggestions(me)], [rest])
