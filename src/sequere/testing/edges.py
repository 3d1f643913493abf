"""The contents of a slot, as the backend returns them."""

from __future__ import annotations

from sequere.api import (
    archive,
    get_followers,
    get_followers_count,
    get_followers_counts,
    is_following,
    restore,
    unfollow,
)
from sequere.exceptions import InvalidEdge, UnknownRelation
from sequere.names import RELATION_MAX_LENGTH
from sequere.questions import Add, Archive, Contains, Counts, Forget, Remove, Restore
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.archive import ArchiveCase
from sequere.testing.base import NOON, SECOND, needs
from sequere.testing.models import Club
from sequere.types import (
    ACTIVE,
    REQUESTED,
    SOURCE_ARCHIVED,
    TARGET_ARCHIVED,
    Edge,
    Pair,
    Ref,
)

LATER = NOON + SECOND
BOTH_ARCHIVED = SOURCE_ARCHIVED | TARGET_ARCHIVED


@needs("supports_archive")
class EdgeStateTests(ArchiveCase):
    """The backend returns the contents of each slot."""

    def test_what_archive_and_restore_report(self) -> None:
        a, b, c = self.people(3)
        edges = [self.edge(a, b), self.edge(c, a, LATER), self.edge(b, c)]
        self.store.ask(Add(edges))
        ref, other = registry.ref(a), registry.ref(b)
        archived = self.in_states(edges, SOURCE_ARCHIVED, TARGET_ARCHIVED)
        changed = self.store.ask(Archive(FOLLOW.name, ref, report=True))
        self.assertEqual(set(changed), set(archived))
        self.assertEqual(self.store.ask(Archive(FOLLOW.name, ref, report=True)), [])
        changed = self.store.ask(Archive(FOLLOW.name, other, report=True))
        both = self.in_states([edges[0], edges[2]], BOTH_ARCHIVED, SOURCE_ARCHIVED)
        self.assertEqual(set(changed), set(both))
        changed = self.store.ask(Restore(FOLLOW.name, ref, report=True))
        back = self.in_states(edges, TARGET_ARCHIVED, ACTIVE)
        self.assertEqual(set(changed), set(back))
        self.assertEqual(self.store.ask(Restore(FOLLOW.name, ref, report=True)), [])
        self.assertEqual(self.store.ask(Restore(FOLLOW.name, other)), [])
        self.assertEqual(self.stored(), set(edges))

    def test_every_state_is_kept(self) -> None:
        club, people = Club.objects.create(), self.people(8)
        edges = [
            self.edge(person, club)._replace(state=state, level=state * 4681)
            for state, person in enumerate(people)
        ]
        self.assertEqual({*self.store.ask(Add(edges))}, set(edges))
        again = [edge._replace(state=ACTIVE, created=LATER) for edge in edges]
        self.assertEqual(self.store.ask(Add(again)), [])
        self.assertEqual(self.stored(), set(edges))
        self.assertEqual(get_followers(club), [(people[0], NOON)])
        self.assertEqual(get_followers_count(club), 1)
        self.assert_true_counts()
        changed = self.store.ask(Archive(FOLLOW.name, registry.ref(club), report=True))
        archived = [e._replace(state=e.state | TARGET_ARCHIVED) for e in edges]
        self.assertEqual(set(changed), set(archived[:4]))
        self.assertEqual(self.stored(), set(archived))
        changed = self.store.ask(Restore(FOLLOW.name, registry.ref(club), report=True))
        restored = [e._replace(state=e.state & ~TARGET_ARCHIVED) for e in edges]
        self.assertEqual(set(changed), set(restored))
        pairs = [Pair(edge.source, edge.target) for edge in edges]
        self.assertEqual({*self.store.ask(Remove(FOLLOW.name, pairs))}, set(restored))
        self.assertEqual(self.stored(), set())
        self.assertEqual(get_followers_count(club), 0)

    def test_requests_are_in_no_list_and_no_count(self) -> None:
        a, b = self.people(2)
        request = self.edge(a, b)._replace(state=REQUESTED)
        self.store.ask(Add([request]))
        self.assertEqual(self.seen(a, b), [([], []), ([], [])])
        self.assertIs(is_following(a, b), False)
        self.assertEqual(get_followers_counts([a, b]), {a: 0, b: 0})
        archive(b)
        restore(b)
        self.assertEqual(self.stored(), {request})
        self.assertEqual(get_followers_count(b), 0)
        self.assertIs(unfollow(a, b), True)
        self.assertEqual(self.stored(), set())

    def test_what_forget_reports(self) -> None:
        a, b, c, d = self.people(4)
        doomed = [
            self.edge(a, b)._replace(state=SOURCE_ARCHIVED, level=7),
            self.edge(b, a),
            self.edge(c, a, relation="testing.bookmark")._replace(state=BOTH_ARCHIVED),
            self.edge(b, c, LATER)._replace(state=REQUESTED),
        ]
        kept = self.edge(c, d)
        self.store.ask(Add([*doomed, kept]))
        refs = [registry.ref(a), registry.ref(b)]
        self.assertEqual({*self.store.ask(Forget(refs, report=True))}, set(doomed))
        self.assertEqual(self.store.ask(Forget(refs, report=True)), [])
        self.assertEqual(self.stored(), {kept})
        self.assertEqual(self.store.ask(Forget([registry.ref(d)])), [])
        self.assertEqual(self.stored(), set())
        self.assert_true_counts()

    def test_relations_are_archived_each_by_itself(self) -> None:
        a, b = self.people(2)
        names = ["x" * RELATION_MAX_LENGTH, "follow.to-archived", "follow-2", "A", "a"]
        for name in names:
            self.relation(name)
        edges = [self.edge(a, b, relation=name) for name in names]
        self.store.ask(Add([*edges, self.edge(a, b)]))
        for edge in edges:
            changed = self.store.ask(Archive(edge.relation, edge.target, report=True))
            archived = edge._replace(state=TARGET_ARCHIVED)
            self.assertEqual(changed, [archived])
            self.assertEqual(
                self.stored(), {*edges, self.edge(a, b)} - {edge} | {archived}
            )
            archive(b)
            restore(b)
            count = self.store.ask(Counts(edge.relation, [edge.target], "followers"))
            self.assertEqual(count, {edge.target: 0})
            changed = self.store.ask(Restore(edge.relation, edge.target, report=True))
            self.assertEqual(changed, [edge])
            self.assertIs(self.store.ask(Contains(*edge[:3])), True)
        self.assertEqual(get_followers(b), [(a, NOON)])

    def test_what_cannot_be_archived(self) -> None:
        ref = registry.ref(self.person())
        ask = self.store.ask
        for question in (Archive, Restore):
            self.refused(UnknownRelation, ask, question("fol low", ref))
            self.refused(InvalidEdge, ask, question("follow", Ref("us:er", "1")))
            self.assertEqual(ask(question("follow", ref, report=True)), [])

    def in_states(self, edges: list[Edge], *states: int) -> list[Edge]:
        return [e._replace(state=s) for e, s in zip(edges, states, strict=False)]
