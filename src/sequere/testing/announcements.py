"""Every change is announced in the same way, whichever call made the change."""

from __future__ import annotations

from typing import Any

from sequere.api import afollow, follow, follow_many, remove_edges, unfollow
from sequere.declaration import declared
from sequere.questions import Add, Archive, Forget, Remove, Restore
from sequere.registration import registry
from sequere.relations import FOLLOW, Relation
from sequere.signals import (
    edges_added,
    edges_changed,
    edges_removed,
    followed,
    unfollowed,
)
from sequere.testing.base import NOON, ConformanceCase, needs
from sequere.testing.models import Club, Person
from sequere.types import REQUESTED, TARGET_ARCHIVED, Edge, Pair

SIGNALS = {
    edges_added: "added",
    edges_removed: "removed",
    edges_changed: "changed",
}


#: The signal, its sender, the reason and the edges.
Told = list[tuple[str, Any, str, set[Edge]]]


class AnnouncementTests(ConformanceCase):
    def hear(self) -> Told:
        """Return a list that collects the signals of all relations from now on."""
        told: Told = []

        def receiver(name: str) -> Any:
            def hear(
                sender: Any, edges: list[Edge], reason: str, using: str, **kwargs: Any
            ) -> None:
                self.assertEqual(using, "default")
                self.assertEqual({edge.relation for edge in edges}, {sender.name})
                told.append((name, sender, reason, set(edges)))

            return hear

        for signal, name in SIGNALS.items():
            hear = receiver(name)
            signal.connect(hear, weak=False)
            self.addCleanup(signal.disconnect, hear)
        return told

    def test_verbs(self) -> None:
        told, heard = self.hear(), self.listen()
        like = self.relation("like")
        user, club = self.person(), Club.objects.create()
        [edge] = follow_many([(user, club, NOON)])
        self.assertIs(follow(user, club), False)
        [liked] = like.add_many([(user, club, NOON)])
        self.assertIs(unfollow(user, club), True)
        self.assertIs(unfollow(user, club), False)
        like.remove(user, club)
        self.assertEqual(
            told,
            [
                ("added", FOLLOW, "follow", {edge}),
                ("added", like, "follow", {liked}),
                ("removed", FOLLOW, "unfollow", {edge}),
                ("removed", like, "unfollow", {liked}),
            ],
        )
        self.assertEqual(heard, [("followed", edge), ("unfollowed", edge)])

    def test_the_backend_itself(self) -> None:
        told, heard = self.hear(), self.listen()
        edge = self.edge(self.person(), Club.objects.create())
        self.store.ask(Add([edge, edge]))
        self.store.ask(Add([edge]))
        self.store.ask(Remove(FOLLOW.name, [Pair(edge.source, edge.target)]))
        self.assertEqual(
            told,
            [
                ("added", FOLLOW, "follow", {edge}),
                ("removed", FOLLOW, "unfollow", {edge}),
            ],
        )
        self.assertEqual(heard, [("followed", edge), ("unfollowed", edge)])

    def test_edges_of_several_relations(self) -> None:
        told, heard = self.hear(), self.listen()
        like = self.relation("like")
        user, club = self.person(), Club.objects.create()
        edges = [self.edge(user, club), self.edge(user, club, relation="like")]
        self.store.ask(Add(edges))
        self.assertEqual(
            {(name, sender.name, *some) for name, sender, _, some in told},
            {("added", "follow", edges[0]), ("added", "like", edges[1])},
        )
        told.clear()
        self.assertEqual(set(remove_edges(edges)), set(edges))
        self.assertCountEqual(
            told,
            [
                ("removed", FOLLOW, "removed", {edges[0]}),
                ("removed", like, "removed", {edges[1]}),
            ],
        )
        self.assertEqual(heard[1:], [("unfollowed", edges[0])])

    def test_deletion_is_announced(self) -> None:
        told, heard = self.hear(), self.listen()
        like = self.relation("like")
        user, other, club = *self.people(2), Club.objects.create()
        edges = follow_many([(user, club, NOON), (other, club, NOON)])
        liked = like.add_many([(club, user, NOON)])
        kept = follow_many([(user, other, NOON)])
        told.clear()
        heard.clear()
        club.delete()
        self.assertCountEqual(
            told,
            [
                ("removed", FOLLOW, "deleted", set(edges)),
                ("removed", like, "deleted", set(liked)),
            ],
        )
        self.assertCountEqual(heard, [("unfollowed", edge) for edge in edges])
        told.clear()
        self.store.ask(Forget([registry.ref(user)]))
        self.assertEqual(told, [("removed", FOLLOW, "deleted", set(kept))])

    @needs("supports_archive")
    def test_states_are_announced(self) -> None:
        told, heard = self.hear(), self.listen()
        user, club = self.person(), Club.objects.create()
        edges = follow_many([(user, club, NOON)])
        told.clear()
        heard.clear()
        ref = registry.ref(club)
        for _ in range(2):
            self.store.ask(Archive(FOLLOW.name, ref))
        archived = {edges[0]._replace(state=TARGET_ARCHIVED)}
        self.assertEqual(told, [("changed", FOLLOW, "archived", archived)])
        told.clear()
        for _ in range(2):
            self.store.ask(Restore(FOLLOW.name, ref))
        self.assertEqual(told, [("changed", FOLLOW, "restored", set(edges))])
        self.assertEqual(heard, [])

    def test_a_request_is_no_follow(self) -> None:
        told, heard = self.hear(), self.listen()
        edge = self.edge(self.person(), Club.objects.create())
        self.store.ask(Add([edge._replace(state=REQUESTED)]))
        self.assertEqual([name for name, *_ in told], ["added"])
        self.assertEqual(heard, [])

    def test_relations_that_are_declared_no_more(self) -> None:
        told, heard = self.hear(), self.listen()
        like: Relation = self.relation("like")
        user, club = self.person(), Club.objects.create()
        liked = like.add_many([(user, club, NOON)])
        follows = follow_many([(user, club, NOON)])
        del declared["like"]
        told.clear()
        heard.clear()
        self.assertEqual(set(remove_edges([*liked, *follows])), {*liked, *follows})
        self.assertEqual(told, [("removed", FOLLOW, "removed", set(follows))])
        self.assertEqual(heard, [("unfollowed", follows[0])])

    def test_a_receiver_that_fails_is_named(self) -> None:
        heard = self.listen()

        def break_down(**kwargs: Any) -> None:
            raise ZeroDivisionError

        edges_added.connect(break_down)
        self.addCleanup(edges_added.disconnect, break_down)
        user, club = self.person(), Club.objects.create()
        with self.assertLogs("django.dispatch", "ERROR") as logged:
            self.assertIs(follow(user, club), True)
        self.assertIn("break_down", logged.output[0])
        self.assertEqual([name for name, _ in heard], ["followed"])

    async def test_receivers_are_awaited(self) -> None:
        heard: list[str] = []

        async def hear(reason: str, **kwargs: Any) -> None:
            heard.append(reason)

        edges_added.connect(hear)
        self.addCleanup(edges_added.disconnect, hear)
        user = await Person.objects.acreate(name="user")
        await afollow(user, await Club.objects.acreate())
        self.assertEqual(heard, ["follow"])

    def test_nothing_is_read_for_nobody(self) -> None:
        user, club = self.person(), Club.objects.create()
        follow_many([(user, club, NOON)])
        for signal in (*SIGNALS, followed, unfollowed):
            receivers, signal.receivers = signal.receivers, []
            self.addCleanup(setattr, signal, "receivers", receivers)
            self.addCleanup(signal.sender_receivers_cache.clear)
        self.assertEqual(self.store.ask(Forget([registry.ref(user)])), [])
