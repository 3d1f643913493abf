"""A site's own relation has all abilities of follows."""

from __future__ import annotations

import pickle
from typing import Any

from sequere.api import follow, get_followers_count, is_following
from sequere.exceptions import (
    AlreadyDeclared,
    InvalidEdge,
    InvalidRelation,
    NotRegistered,
    SelfFollow,
    UnknownRelation,
)
from sequere.names import RELATION_MAX_LENGTH
from sequere.questions import Add, Contains, Counts, PageOf
from sequere.registration import registry
from sequere.relations import FOLLOW, Relation
from sequere.testing.base import NOON, SECOND, ConformanceCase, needs
from sequere.testing.models import Club, Label, Person
from sequere.types import Edge, FollowState, Window

LATER = NOON + SECOND
#: Names that a store could confuse with other names, or with its own keys.
NAMES = ["a", "A", "Follow", "follow.to-archived", "types", "-", "x.y_z", "0"]


class RelationTests(ConformanceCase):
    def test_its_verbs(self) -> None:
        like, (user, other), club = self.relation("like"), self.people(2), self.club()
        self.assertIs(like.add(user, club), True)
        self.assertIs(like.add(user, club), False)
        self.assertIs(like.contains(user, club), True)
        self.assertIs(like.contains(club, user), False)
        self.refused(SelfFollow, like.add, user, user)
        edges = like.add_many([(other, club, NOON), (user, other, LATER)])
        self.assertEqual([edge.relation for edge in edges], ["like", "like"])
        self.assertEqual(like.sources_count(club), 2)
        self.assertEqual(like.targets_counts([user, other]), {user: 2, other: 1})
        self.assertIs(like.remove(user, club), True)
        self.assertEqual(like.remove_many([(other, club), (other, user)]), edges[:1])
        self.assertEqual(like.targets(user).instances(), [other])

    def test_its_lists(self) -> None:
        like, (user, other), club = self.relation("like"), self.people(2), self.club()
        like.add_many([(user, club, NOON), (other, club, LATER), (user, other, LATER)])
        self.assertEqual(like.sources(club), [(other, LATER), (user, NOON)])
        self.assertEqual(like.sources(club).oldest_first()[0], (user, NOON))
        self.assertEqual(like.targets(user, Club), [(club, NOON)])
        first = like.sources(club).page(1)
        second = like.sources(club).page(1, after=first.next)
        self.assertEqual([*first.items, *second.items], list(like.sources(club)))
        self.assertEqual(like.common_targets(user, other).instances(), [club])
        self.assertEqual(like.known_sources(user, club).instances(), [other])
        self.assertEqual(like.mutual(user), [])
        like.add(other, user)
        self.assertEqual(like.mutual(user).instances(), [other])
        self.assertEqual(like.mutual_count(user), 1)
        [found] = like.suggestions(self.fan_of(like, other), Club)
        self.assertEqual((found.instance, found.reasons), (club, [other]))

    def test_its_batches(self) -> None:
        like, (user, other), club = self.relation("like"), self.people(2), self.club()
        like.add_many([(user, club, NOON), (other, club, LATER), (club, user, LATER)])
        self.assertEqual(like.targets_among(user, [club, other]), {club: NOON})
        self.assertEqual(
            like.sources_among(club, [user, other]), {user: NOON, other: LATER}
        )
        self.assertEqual(like.mutual_among(user, [club, other]), {club: NOON})
        states = like.states(user, [club, other])
        self.assertEqual(states, {club: FollowState(NOON, LATER), other: FollowState()})

    async def test_it_is_awaited(self) -> None:
        like = self.relation("like")
        user = await Person.objects.acreate(name="user")
        club = await Club.objects.acreate()
        self.assertIs(await like.aadd(user, club), True)
        self.assertIs(await like.acontains(user, club), True)
        self.assertEqual(await like.asources_count(club), 1)
        self.assertEqual(await like.targets(user).instances().afirst(), club)
        self.assertIs(await like.aremove(user, club), True)
        self.assertEqual(await like.aadd_many([(user, club, NOON)]), [
            Edge("like", registry.ref(user), registry.ref(club), NOON)
        ])  # fmt: skip

    def test_relations_know_nothing_of_each_other(self) -> None:
        like, user, club = self.relation("like"), self.person(), self.club()
        like.add(user, club)
        self.assertIs(is_following(user, club), False)
        self.assertIs(follow(user, club), True)
        like.remove(user, club)
        self.assertIs(is_following(user, club), True)
        self.assertEqual((get_followers_count(club), like.sources_count(club)), (1, 0))

    def test_querysets(self) -> None:
        like, (user, other), club = self.relation("like"), self.people(2), self.club()
        like.add_many([(user, other), (other, club)])
        people = Person.objects.followed_by(user, relation=like)
        self.assertEqual(list(people), [other])
        self.assertEqual(list(Person.objects.followed_by(user)), [])
        people = Person.objects.followers_of(club, relation=like)
        self.assertEqual(list(people), [other])
        if self.joins_querysets:
            rows = Person.objects.with_followers_count(relation=like)
            rows = rows.with_follow_state(user, relation=like).order_by("pk")
            self.assertEqual(
                [(row.followers_count, row.is_followed) for row in rows],  # type: ignore[attr-defined]
                [(0, False), (1, True)],
            )

    def test_deletion_of_an_end(self) -> None:
        like, (user, other), club = self.relation("like"), self.people(2), self.club()
        like.add_many([(user, club), (club, other), (user, other)])
        club.delete()
        self.assertEqual(like.targets(user).instances(), [other])
        self.assertEqual(like.sources_count(other), 1)

    @needs("supports_archive")
    def test_archive(self) -> None:
        like, user, club = self.relation("like"), self.person(), self.club()
        like.add_many([(user, club, NOON)])
        follow(user, club)
        like.archive(club)
        self.assertEqual((like.sources_count(club), get_followers_count(club)), (0, 1))
        like.restore(club)
        self.assertEqual(like.sources(club), [(user, NOON)])

    def test_which_models_may_stand_at_an_end(self) -> None:
        user, club, label = self.person(), self.club(), Label.objects.create(name="x")
        like = self.relation("like", sources=[Person], targets=["testing.club"])
        self.assertIs(like.add(user, club), True)
        for source, target, end in ((club, user, "source"), (user, label, "target")):
            message = self.refused(InvalidEdge, like.add, source, target)
            self.assertIn(f"cannot be the {end}", message)
            pairs = [(user, club), (source, target)]
            self.refused(InvalidEdge, like.add_many, pairs)
        self.assertEqual(like.sources_count(club), 1)
        wrong = self.relation("wrong", targets=["nothing"])
        self.refused(NotRegistered, wrong.add, user, club)

    def test_any_name(self) -> None:
        user, club = self.person(), self.club()
        names = [*NAMES, "n" * RELATION_MAX_LENGTH]
        relations = [self.relation(name) for name in names]
        for number, relation in enumerate(relations):
            edges = relation.add_many([(user, club, NOON + number * SECOND)])
            self.assertEqual([edge.relation for edge in edges], [relation.name])
        for number, relation in enumerate(relations):
            since = NOON + number * SECOND
            self.assertEqual(relation.sources(club), [(user, since)])
            self.assertEqual(relation.sources_count(club), 1)
            self.assertIs(relation.remove(user, club), True)
            self.assertEqual(relation.targets(user), [])

    def test_names_that_cannot_be_declared(self) -> None:
        for name in ("", "x" * 33, "fol low", "a:b", "a~b", "é", None, 7, ["x"]):
            self.refused(InvalidRelation, Relation, name)
        for option in ({"sources": "user"}, {"targets": Club}):
            message = self.refused(InvalidRelation, Relation, "wrong", **option)
            self.assertIn("must be a list", message)
        message = self.refused(AlreadyDeclared, Relation, "follow")
        self.assertIn("'follow'", message)

    def test_names_that_were_not_declared(self) -> None:
        refs = [registry.ref(each) for each in self.people(2)]
        for question in (
            Contains("lkie", *refs),
            Counts("lkie", refs, "followers"),
            PageOf("lkie", refs[0], "followers", Window(1)),
            Add([Edge("lkie", refs[0], refs[1], NOON)]),
        ):
            message = self.refused(UnknownRelation, self.store.ask, question)
            self.assertIn("'lkie'", message)
            self.assertIn("'follow'", message)

    def test_a_relation_is_one_value(self) -> None:
        self.assertIs(pickle.loads(pickle.dumps(FOLLOW)), FOLLOW)
        self.assertEqual((str(FOLLOW), repr(FOLLOW)), ("follow", "<Relation: follow>"))

    def club(self) -> Club:
        return Club.objects.create()

    def fan_of(self, relation: Relation, target: Any) -> Person:
        fan = self.person("fan")
        relation.add(fan, target)
        return fan
