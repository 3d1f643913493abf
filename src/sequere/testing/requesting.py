"""Requests to a resource that approves its followers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async

from sequere.api import (
    aaccept,
    aattempt_follow,
    accept,
    accept_many,
    accept_pending,
    afollow,
    aget_follow_requests_count,
    archive,
    attempt_follow,
    block,
    follow,
    follow_many,
    get_follow_requests,
    get_follow_requests_count,
    get_followers,
    get_followers_count,
    get_followings,
    get_requested,
    get_requested_count,
    is_following,
    reject,
    restore,
    unfollow,
)
from sequere.questions import Add
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.signals import edges_added, edges_changed, edges_removed
from sequere.testing.base import NOON, SECOND, needs
from sequere.testing.models import Account, Club, Society
from sequere.testing.policy import PolicyCase
from sequere.types import (
    REQUESTED,
    Attempt,
)

LATER = NOON + SECOND
HOUR = timedelta(hours=1)


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
        # A write to a cluster takes three steps.
        most = 1 if self.store.supports_transactions else 3
        user, club, person = self.person(), Club.objects.create(), self.person()
        with self.at_most(most):
            self.assertIs(follow(user, club), True)
        with self.at_most(most):
            self.assertIs(follow(user, club), False)
        block(person, user)
        with self.at_most(most):
            self.assertIs(follow(user, person), False)
