"""Requests, blocks, levels and mutes mean the same on every backend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async

from sequere.api import (
    aaccept,
    aattempt_follow,
    ablock,
    accept,
    accept_many,
    accept_pending,
    afollow,
    aget_follow_requests_count,
    amute,
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
    get_follow_requests,
    get_follow_requests_count,
    get_followers,
    get_followers_count,
    get_followings,
    get_muted,
    get_muted_count,
    get_requested,
    get_requested_count,
    get_suggestions,
    is_blocking,
    is_following,
    is_muting,
    mute,
    mute_many,
    muted_among,
    reject,
    remove_edges,
    restore,
    set_level,
    unblock,
    unfollow,
    unmute,
)
from sequere.exceptions import InvalidEdge, SelfFollow
from sequere.questions import Add, Archive, Block, Edges, Put, Remove, Unblock
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW, MUTE
from sequere.signals import edges_added, edges_changed, edges_removed
from sequere.testing.base import NOON, SECOND, ConformanceCase, needs
from sequere.testing.models import Account, Club, Person, Society
from sequere.testing.table import CONTENTS, TABLE, Content, is_bar
from sequere.times import now
from sequere.types import (
    REQUESTED,
    SOURCE_BARS,
    TARGET_ARCHIVED,
    TARGET_BARS,
    Attempt,
    Edge,
    FollowState,
    Pair,
    Ref,
)

LATER = NOON + SECOND
HOUR = timedelta(hours=1)


class PolicyCase(ConformanceCase):
    def private(self) -> Account:
        return Account.objects.create(is_private=True)

    def found(self, source: Any, target: Any, relation: str = "follow") -> Edge | None:
        """The edge in a slot."""
        pair = Pair(registry.ref(source), registry.ref(target))
        return self.store.ask(Edges(relation, [pair])).get(pair)

    def content(self, source: Any, target: Any) -> Content:
        edge = self.found(source, target)
        bars = SOURCE_BARS * is_blocking(source, target)
        bars += TARGET_BARS * is_blocking(target, source)
        if edge is None:
            return bars or None
        self.assertEqual(bars, 0, "an edge beside a block")
        return edge.state

    def occupy(self, source: Any, target: Any, content: Content) -> None:
        if content is None:
            return
        if not is_bar(content):
            self.store.ask(Add([self.edge(source, target)._replace(state=content)]))
            return
        if content & SOURCE_BARS:
            block(source, target)
        if content & TARGET_BARS:
            block(target, source)


@needs("supports_policy")
class TableTests(PolicyCase):
    def test_each_verb_meets_each_content(self) -> None:
        for name, row in TABLE.items():
            for content in CONTENTS:
                with self.subTest(verb=name, content=content):
                    source = self.person()
                    target = Account.objects.create(is_private=row.asks)
                    self.occupy(source, target, content)
                    left, answer = row.expect(content)
                    self.assertEqual(row.do(source, target), answer)
                    self.assertEqual(self.content(source, target), left)
                    self.assertIs(is_following(source, target), left == 0)
                    edge = self.found(source, target)
                    if edge and content is not None:
                        # What becomes a follow is as old as that.
                        was_accepted = (content & REQUESTED) > (edge.state & REQUESTED)
                        self.assertIs(edge.created != NOON, was_accepted)
        self.assert_true_counts()


@needs("supports_policy")
class RequestTests(PolicyCase):
    def test_a_private_account_is_asked(self) -> None:
        user, account = self.person(), self.private()
        self.assertIs(follow(user, account), False)
        self.assertIs(follow(user, account), False)
        self.assertIs(is_following(user, account), False)
        self.assertEqual(get_followers_count(account), 0)
        self.assertEqual(get_follow_requests_count(account), 1)
        self.assertEqual(get_requested_count(user), 1)
        self.assertEqual(get_follow_requests(account).instances(), [user])
        self.assertEqual(get_requested(user, Account).instances(), [account])
        self.assertEqual(get_requested(user, Club), [])
        self.assertEqual(get_followings(user), [])
        self.assertIs(accept(account, user), True)
        self.assertIs(accept(account, user), False)
        self.assertEqual(get_followers(account).instances(), [user])
        self.assertEqual(get_follow_requests_count(account), 0)

    def test_a_retry_keeps_the_first_time(self) -> None:
        user, account = self.person(), self.private()
        self.store.ask(Add([self.edge(user, account)._replace(state=REQUESTED)]))
        self.assertEqual(attempt_follow(user, account), Attempt.PENDING)
        self.assertEqual(get_follow_requests(account), [(user, NOON)])
        self.assertIs(reject(account, user), True)
        self.assertEqual(attempt_follow(user, account), Attempt.REQUESTED)

    def test_the_database_decides_and_not_an_old_instance(self) -> None:
        user, account = self.person(), Account.objects.create()
        Account.objects.update(is_private=True)
        self.assertEqual(attempt_follow(user, account), Attempt.REQUESTED)
        Account.objects.update(is_private=False)
        account.is_private = True
        self.assertEqual(attempt_follow(user, account), Attempt.NEW)

    def test_a_method_decides(self) -> None:
        user = self.person()
        open_one, closed = (Society.objects.create(name=n) for n in ("open", "closed"))
        self.assertEqual(attempt_follow(user, open_one), Attempt.NEW)
        self.assertEqual(attempt_follow(user, closed), Attempt.REQUESTED)
        self.assertEqual(attempt_follow(user, registry.ref(closed)), Attempt.PENDING)

    def test_many_follows(self) -> None:
        users, account, club = self.people(3), self.private(), Club.objects.create()
        closed = Society.objects.create(name="closed")
        targets = account, club, closed
        new = follow_many((user, each, NOON) for user in users for each in targets)
        self.assertEqual({edge.target for edge in new}, {registry.ref(club)})
        self.assertEqual(len(new), 3)
        for each in (account, closed):
            self.assertEqual(get_follow_requests_count(each), 3)
        Account.objects.update(is_private=False)
        new = follow_many((user, each) for user in users for each in targets)
        self.assertEqual({edge.target for edge in new}, {registry.ref(account)})
        self.assertEqual(get_followers_count(account), 3)
        self.assertEqual(get_followers_count(closed), 0)

    def test_answers_to_many(self) -> None:
        users, account = self.people(4), self.private()
        follow_many((user, account) for user in users)
        accepted = accept_many(account, users[:2])
        self.assertEqual(
            {e.source for e in accepted}, set(map(registry.ref, users[:2]))
        )
        self.assertEqual(accept_many(account, []), [])
        archive(users[2])
        changed = {edge.source: edge.state for edge in accept_pending(account)}
        self.assertEqual(
            changed, {registry.ref(users[2]): 2, registry.ref(users[3]): 0}
        )
        restore(users[2])
        self.assertEqual(get_followers_count(account), 4)
        self.assert_true_counts()

    def test_pages_of_requests(self) -> None:
        users, account = self.people(7), self.private()
        edges = [
            self.edge(user, account, NOON + number * SECOND)._replace(state=REQUESTED)
            for number, user in enumerate(users)
        ]
        self.store.ask(Add(edges))
        requests = get_follow_requests(account).instances()
        first = requests.page(3)
        second = requests.page(3, after=first.next)
        self.assertEqual([*first.items, *second.items], users[:0:-1])
        self.assertEqual(requests.page(3, after=second.previous).items, first.items)
        self.assertEqual(requests.oldest_first()[:2], users[:2])
        self.assertEqual(len(requests.since(NOON + 5 * SECOND)), 2)
        self.assertIn(users[0], requests)
        followers = get_followers(account)
        self.assertNotIn(users[0], followers)
        self.assertEqual(len(followers), 0)

    def test_signals_of_requests(self) -> None:
        heard: list[Any] = []

        def hear(signal: Any, edges: Any, reason: str, **kwargs: Any) -> None:
            heard.append((signal, reason, [edge.state for edge in edges]))

        for signal in (edges_added, edges_changed, edges_removed):
            signal.connect(hear, sender=FOLLOW)
            self.addCleanup(signal.disconnect, hear, sender=FOLLOW)
        follows = self.listen()
        user, account = self.person(), self.private()
        follow(user, account)
        self.assertEqual(follows, [])
        accept(account, user)
        self.assertEqual([name for name, _ in follows], ["followed"])
        unfollow(user, account)
        self.assertEqual([name for name, _ in follows], ["followed", "unfollowed"])
        follow(user, account)
        reject(account, user)
        self.assertEqual(len(follows), 2)
        self.assertEqual(
            heard,
            [
                (edges_added, "follow", [1]),
                (edges_changed, "accepted", [0]),
                (edges_removed, "unfollow", [0]),
                (edges_added, "follow", [1]),
                (edges_removed, "rejected", [1]),
            ],
        )

    async def test_await_requests(self) -> None:
        user, account = await sync_to_async(self.person)(), await self.aprivate()
        self.assertIs(await afollow(user, account), False)
        self.assertEqual(await aattempt_follow(user, account), Attempt.PENDING)
        self.assertEqual(await aget_follow_requests_count(account), 1)
        self.assertIs(await aaccept(account, user), True)
        self.assertEqual(await aattempt_follow(user, account), Attempt.SAME)

    async def aprivate(self) -> Account:
        return await sync_to_async(self.private)()

    def test_the_cost_of_a_follow(self) -> None:
        user, club, person = self.person(), Club.objects.create(), self.person()
        with self.at_most(1):
            self.assertIs(follow(user, club), True)
        with self.at_most(1):
            self.assertIs(follow(user, club), False)
        block(person, user)
        with self.at_most(1):
            self.assertIs(follow(user, person), False)


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


@needs("supports_policy")
class LevelTests(PolicyCase):
    def test_levels(self) -> None:
        a, b, c = self.people(3)
        self.assertIs(follow(a, b, level=2), True)
        self.assertIs(follow(a, b, level=3), False)
        self.assertIs(follow(a, c), True)
        self.assertEqual(self.level(a, b), 2)
        self.assertIs(set_level(a, b, 5), True)
        self.assertIs(set_level(a, b, 5), False)
        self.assertIs(set_level(b, a, 5), False)
        self.assertEqual(self.level(a, b), 5)
        self.assertEqual(get_followings(a, level=5).instances(), [b])
        self.assertEqual(len(get_followings(a, level=0)), 1)
        self.assertNotIn(b, get_followings(a, level=0))
        self.assertEqual(len(get_followings(a)), 2)
        self.assertIs(set_level(a, b, 0), True)
        self.assertEqual(self.level(a, b), 0)
        for nonsense in (-1, 2**15, None, "1"):
            self.refused(InvalidEdge, set_level, a, b, nonsense)
            self.refused(InvalidEdge, follow, a, b, level=nonsense)

    def test_a_level_stays_with_its_edge(self) -> None:
        user, account = self.person(), self.private()
        follow(user, account, level=7)
        archive(account)
        self.assertIs(set_level(user, account, 8), True)
        restore(account)
        accept(account, user)
        self.assertEqual(self.level(user, account), 8)
        unfollow(user, account)
        follow(user, account)
        self.assertEqual(self.level(user, account), 0)

    def test_levels_of_a_long_list(self) -> None:
        user, *people = self.people(40)
        for number, person in enumerate(people):
            follow(user, person, level=number % 3)
        page = get_followings(user, level=1).instances().page(5)
        self.assertEqual(len(page.items), 5)
        self.assertEqual(len(list(get_followings(user, level=1))), 13)

    def level(self, source: Any, target: Any) -> int:
        edge = self.found(source, target)
        assert edge is not None
        return edge.level


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
        """Let a mute be over."""
        edge = self.edge(source, target, now() - SECOND, "mute.until")
        self.store.ask(Put([edge]))


@needs("supports_policy")
class PutTests(PolicyCase):
    def test_put(self) -> None:
        a, b, c = self.people(3)
        kept, old = self.edge(a, b), self.edge(b, a)
        self.store.ask(Add([kept, old._replace(level=3)]))
        new = [
            kept,
            old._replace(created=LATER, state=REQUESTED, level=1),
            self.edge(a, c, LATER)._replace(state=TARGET_ARCHIVED),
        ]
        self.assertEqual(set(self.store.ask(Put(new))), set(new[1:]))
        self.assertEqual(set(self.every_edge()), set(new))
        self.assertEqual(self.store.ask(Put(new)), [])
        self.assert_true_counts()
        self.assertEqual(get_follow_requests_count(a), 1)

    def test_put_beside_a_block(self) -> None:
        a, b = self.people(2)
        block(a, b)
        self.assertEqual(self.store.ask(Put([self.edge(b, a)])), [])
        self.assertIs(is_following(b, a), False)

    def test_edges(self) -> None:
        a, b, c = map(registry.ref, self.people(3))
        stored = [
            Edge("follow", a, b, NOON, state, level)._replace(target=Ref(*target))
            for state, level, target in ((0, 0, b), (7, 9, c))
        ]
        self.store.ask(Add(stored))
        pairs = [Pair(a, b), Pair(a, c), Pair(b, a)]
        found = self.store.ask(Edges("follow", pairs))
        self.assertEqual(found, {Pair(e.source, e.target): e for e in stored})
        self.assertEqual(self.store.ask(Edges("follow", [])), {})
        self.assertEqual(self.store.ask(Edges("undeclared", pairs)), {})


class PolicyTests(
    TableTests, RequestTests, BlockTests, LevelTests, MuteTests, PutTests
):
    """Requests, blocks, levels and mutes."""
