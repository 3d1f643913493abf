"""Levels of edges, and slots that are overwritten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sequere.api import (
    accept,
    archive,
    block,
    follow,
    get_follow_requests_count,
    get_followings,
    is_following,
    restore,
    set_level,
    unfollow,
)
from sequere.exceptions import InvalidEdge
from sequere.questions import Add, Edges, Put
from sequere.registration import registry
from sequere.testing.base import NOON, SECOND, needs
from sequere.testing.models import Nick, Person
from sequere.testing.policy import PolicyCase
from sequere.types import (
    REQUESTED,
    TARGET_ARCHIVED,
    Edge,
    Pair,
    Ref,
)

LATER = NOON + SECOND
HOUR = timedelta(hours=1)


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

    def test_put_of_edges_whose_end_is_gone(self) -> None:
        """The stored edges are older than the deletion of the rows."""
        if not (self.store.supports_integrity and self.joins_transactions):
            self.skipTest("supports_integrity is off, or the objects are elsewhere")
        a, b, c, gone = self.people(4)
        nick, gone_nick = (Nick.objects.create(name=name) for name in ("anna", "béa"))
        kept = [self.edge(a, b), self.edge(nick, a), self.edge(a, nick)]
        left = [
            *(self.edge(gone, a), self.edge(a, gone), self.edge(gone_nick, a)),
            *(self.edge(b, gone_nick), self.edge(gone, gone_nick)),
        ]
        self.store.ask(Add([*kept, *left]))
        Person.objects.filter(pk=gone.pk)._raw_delete("default")
        Nick.objects.filter(pk=gone_nick.pk)._raw_delete("default")
        for edge in left:
            self.assertEqual(self.store.ask(Put([changed(edge)])), [])
        every = [*map(changed, [*left, *kept]), self.edge(c, a), self.edge(c, gone)]
        new = [*map(changed, kept), self.edge(c, a)]
        self.assertEqual(set(self.store.ask(Put(every))), set(new))
        self.assertEqual(set(self.every_edge()), {*new, *left})
        self.assert_true_counts()

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


def changed(edge: Edge) -> Edge:
    return edge._replace(created=LATER, state=TARGET_ARCHIVED, level=1)
