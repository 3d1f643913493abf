from __future__ import annotations

import uuid
from typing import Any

from django.utils.functional import SimpleLazyObject

from sequere.api import (
    follow,
    follow_many,
    followers_among,
    get_followers,
    get_followers_count,
    get_followings,
    is_following,
    unfollow_many,
)
from sequere.exceptions import (
    InvalidEdge,
    InvalidResource,
    NotRegistered,
    UnknownBackend,
    UnknownRelation,
    UnsavedResource,
)
from sequere.questions import Add
from sequere.testing.base import ConformanceCase
from sequere.testing.models import (
    Club,
    Employee,
    Label,
    Nick,
    Person,
    Place,
    Profile,
    Reader,
    Stranger,
)
from sequere.types import Edge, Ref

AWKWARD = [
    "",
    " ",
    "a",
    "A",
    "a ",
    " a",
    "a:b",
    "testing.label:a",
    "a b\tc\nd",
    "é",
    "e\u0301",
    "😀",
    "'\"\\%s{}$1;--",
    '{"a", NULL}',
    "NULL",
    "x" * 255,
    "😀" * 255,
]


class IdentityTests(ConformanceCase):
    def test_any_text_is_a_key(self) -> None:
        club = Club.objects.create()
        labels = [Label.objects.create(name=name) for name in AWKWARD]
        for label in labels:
            self.assertIs(follow(label, club), True, label.name)
            self.assertIs(follow(club, label), True, label.name)
        self.assertEqual(get_followers_count(club), len(labels))
        self.assertEqual({each.name for each, _ in get_followers(club)}, set(AWKWARD))
        self.assertEqual({each.name for each, _ in get_followings(club)}, set(AWKWARD))
        for label in labels:
            self.assertIs(is_following(label, club), True, label.name)
            self.assertEqual(get_followers_count(label), 1, label.name)
            label.delete()
        self.assertEqual(get_followers_count(club), 0)

    def test_the_same_key_of_two_models(self) -> None:
        user = Person.objects.create(pk=8, name="eight")
        club = Club.objects.create(pk=8)
        label = Label.objects.create(name="8")
        self.assertIs(follow(user, club), True)
        self.assertIs(is_following(user, label), False)
        self.assertIs(is_following(label, club), False)
        self.assertEqual(get_followers_count(label), 0)
        follow(label, user)
        self.assertEqual([each for each, _ in get_followings(user)], [club])

    def test_keys_come_back_in_their_own_type(self) -> None:
        club, place = Club.objects.create(), Place.objects.create()
        follow(place, club)
        [(found, _)] = get_followers(club)
        self.assertEqual(found, place)
        self.assertIsInstance(found.pk, uuid.UUID)

    def test_a_key_that_is_not_yet_of_its_type(self) -> None:
        key, club = uuid.uuid4(), Club.objects.create()
        place = Place.objects.create(id=key.hex.upper())
        self.assertIs(follow(place, club), True)
        self.assertIs(is_following(Place.objects.get(pk=key), club), True)
        Place.objects.get(pk=key).delete()
        self.assertEqual(get_followers_count(club), 0)

    def test_another_spelling_is_another_key(self) -> None:
        club, nick = Club.objects.create(), Nick.objects.create(name="anna")
        follow(Ref("testing.nick", "ANNA"), club)
        self.assertIs(is_following(nick, club), False)
        self.assertEqual(get_followers(club), [])
        if self.store.supports_integrity and self.joins_transactions:
            self.assertEqual(get_followers_count(club), 0)
        self.assertIs(follow(nick, club), True)

    def test_big_keys(self) -> None:
        user = Person.objects.create(pk=2**53 + 1, name="big")
        club = Club.objects.create()
        self.assertIs(follow(user, club), True)
        self.assertEqual([each for each, _ in get_followers(club)], [user])

    def test_proxies_children_and_deferred_are_the_registered_model(self) -> None:
        club = Club.objects.create()
        employee = Employee.objects.create(name="employee")
        person = Person.objects.get(pk=employee.person_id)
        self.assertIs(follow(employee, club), True)
        self.assertIs(follow(person, club), False)
        self.assertIs(follow(Reader.objects.get(pk=person.pk), club), False)
        self.assertIs(follow(Person.objects.only("pk").get(pk=person.pk), club), False)
        [(found, _)] = get_followers(club)
        self.assertIs(type(found), Person)
        self.assertEqual(found, person)

    def test_a_lazy_object_is_what_it_wraps(self) -> None:
        person, club = self.person(), Club.objects.create()
        user: Any = SimpleLazyObject(lambda: person)
        self.assertIs(follow(user, club), True)
        self.assertIs(follow(person, club), False)
        self.assertIs(is_following(user, club), True)
        self.assertEqual(followers_among(club, [user]).keys(), {person})
        self.assertEqual(len(get_followings(user)), 1)

    def test_a_key_that_is_another_objects_key(self) -> None:
        club, person = Club.objects.create(), self.person()
        profile = Profile.objects.create(person=person)
        self.assertIs(follow(profile, club), True)
        self.assertIs(is_following(person, club), False)
        self.assertEqual([each for each, _ in get_followers(club)], [profile])

    def test_unsaved(self) -> None:
        club = Club.objects.create()
        for unsaved in (Person(name="x"), Place(), Person(pk=7)):
            message = self.refused(UnsavedResource, follow, unsaved, club)
            self.assertIn("Save it first", message)
            self.refused(UnsavedResource, follow, club, unsaved)
            self.refused(UnsavedResource, get_followers, unsaved)
        deleted = self.person()
        deleted.delete()
        self.refused(UnsavedResource, follow, deleted, club)
        self.assertEqual(get_followers_count(club), 0)

    def test_not_registered(self) -> None:
        club, stranger = Club.objects.create(), Stranger.objects.create()
        message = self.refused(NotRegistered, follow, stranger, club)
        self.assertIn("sequere_testing.Stranger is not registered", message)
        self.assertIn("sequere.register(Stranger)", message)
        self.refused(NotRegistered, get_followers, stranger)
        self.refused(NotRegistered, get_followers, club, Stranger)
        self.assertTrue(issubclass(NotRegistered, KeyError))

    def test_what_is_no_resource(self) -> None:
        club = Club.objects.create()
        for nonsense in (None, "user", 8, Club, object(), ("testing.club", "1")):
            for call in (
                lambda it: follow(it, club),
                lambda it: follow(club, it),
                lambda it: is_following(club, it),
                lambda it: get_followers(it),
                lambda it: get_followers_count(it),
                lambda it: follow_many([(it, club)]),
            ):
                message = self.refused(InvalidResource, call, nonsense)
                self.assertIn(repr(nonsense), message)
        self.assertIn("not an instance", self.refused(InvalidResource, follow, Club, 1))
        self.assertTrue(issubclass(InvalidResource, TypeError))

    def test_unknown_identifier(self) -> None:
        club = Club.objects.create()
        message = self.refused(NotRegistered, follow, Ref("nobody", "1"), club)
        self.assertIn("'nobody'", message)
        self.assertIn("'testing.club'", message)
        self.refused(NotRegistered, get_followers, club, "nobody")

    def test_a_ref_that_cannot_be_a_key(self) -> None:
        club = Club.objects.create()
        for identifier, object_id in (
            ("testing.person", "eight"),
            ("testing.person", ""),
            ("testing.person", "9" * 30),
            ("testing.profile", "-" + "9" * 30),
            ("testing.place", "8"),
            ("testing.label", "x" * 256),
            ("testing.label", "a\0b"),
            ("testing.label", "\ud800"),
        ):
            ref = Ref(identifier, object_id)
            self.refused(InvalidEdge, follow, ref, club)
            self.refused(InvalidEdge, follow, club, ref)
            self.refused(InvalidEdge, is_following, ref, club)

    def test_a_backend_refuses_what_it_could_not_store(self) -> None:
        club = Club.objects.create()
        good = self.edge(club, self.person())
        for relation, source in (
            ("follow", Ref("", "1")),
            ("follow", Ref("x" * 65, "1")),
            ("follow", Ref("us:er", "1")),
            ("follow", Ref("user", 1)),  # type: ignore[arg-type]
        ):
            bad = Edge(relation, source, good.target, good.created)
            self.refused(InvalidEdge, self.store.ask, Add([good, bad]))
        for name in ("", "x" * 33, "fol low", "undeclared"):
            bad = good._replace(relation=name)
            self.refused(UnknownRelation, self.store.ask, Add([good, bad]))
        self.assertEqual(get_followings(club), [])

    def test_what_is_no_pair(self) -> None:
        club, user = Club.objects.create(), self.person()
        for nonsense in ((club,), (), "ab", None, (club, user, None, None)):
            for many in (follow_many, unfollow_many):
                message = self.refused(InvalidEdge, many, [(user, club), nonsense])
                self.assertIn("(source, target)", message)
        self.assertEqual(get_followers_count(club), 0)

    def test_unknown_alias(self) -> None:
        club, user = Club.objects.create(), self.person()
        message = self.refused(UnknownBackend, follow, user, club, using="nowhere")
        self.assertIn("'nowhere'", message)
        self.assertIn("'default'", message)
