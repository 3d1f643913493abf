from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any
from unittest import mock

from asgiref.sync import sync_to_async
from django.core.paginator import Paginator
from django.template import Context, Engine
from django.utils.functional import SimpleLazyObject, cached_property

from sequere.api import (
    afollow_states,
    afriends_among,
    follow_many,
    follow_states,
    friends_among,
    get_followers,
    get_friends,
)
from sequere.exceptions import (
    AttributeTaken,
    InvalidResource,
    NotRegistered,
    UnsavedResource,
)
from sequere.questions import Add, States
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.states import FLAGS, awith_follow_state, with_follow_state
from sequere.testing.base import NOON, SECOND, ConformanceCase
from sequere.testing.models import Club, Employee, Label, Person, Reader, Stranger
from sequere.types import FollowState, Ref

LATER = NOON + SECOND
NOTHING = FollowState(None, None)
OF_FOLLOWS = (*FLAGS[:3], "followed_since", "followers_count")


class Nobody:
    """An anonymous user like the one in django.contrib.auth, which need not be
    installed.
    """

    is_anonymous = True


def told(instances: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return the follow states that are set on each instance."""
    return [tuple(getattr(each, name) for name in OF_FOLLOWS) for each in instances]


class Circle(ConformanceCase):
    """The resources with which the tests below begin."""

    def circle(self) -> tuple[Person, list[Any]]:
        """Return a person, and a friend, a followed person, a follower and a
        stranger.
        """
        user = self.person()
        label, club = Label.objects.create(name="a:b"), Club.objects.create()
        others = [label, club, self.person("follower"), self.person("stranger")]
        follow_many([(user, label, NOON), (user, club, NOON)])
        follow_many([(label, user, LATER), (others[2], user, LATER)])
        return user, others


class StateTests(Circle):
    """Follow states of a viewer and many other resources."""

    def test_states(self) -> None:
        user, others = self.circle()
        friend, followed, follower, stranger = others
        expected = {
            friend: FollowState(NOON, LATER),
            followed: FollowState(NOON, None),
            follower: FollowState(None, LATER),
            stranger: NOTHING,
            user: NOTHING,
        }
        states = follow_states(user, (each for each in [*others, user, friend]))
        self.assertEqual(states, expected)
        self.assertEqual(
            [
                (it.is_followed, it.follows_viewer, it.is_friend)
                for it in expected.values()
            ],
            [
                (True, True, True),
                (True, False, False),
                (False, True, False),
                (False, False, False),
                (False, False, False),
            ],
        )
        self.assertEqual(follow_states(user, []), {})

    def test_states_of_the_other_side(self) -> None:
        user, others = self.circle()
        for other in others:
            mine, theirs = follow_states(user, [other]), follow_states(other, [user])
            self.assertEqual(theirs[user][:2], mine[other][1::-1])

    def test_friends_among(self) -> None:
        user, others = self.circle()
        self.assertEqual(friends_among(user, iter(others)), {others[0]: NOON})
        self.assertEqual(friends_among(user, others), dict(get_friends(user)))
        self.assertEqual(friends_among(others[0], [user]), {user: LATER})
        self.assertEqual(friends_among(user, []), {})

    def test_states_of_the_same_row(self) -> None:
        user, employee = self.person(), Employee.objects.create(name="employee")
        reader = Reader.objects.get(pk=employee.person_id)
        person = Person.objects.get(pk=employee.person_id)
        ref = registry.ref(person)
        follow_many([(user, person, NOON)])
        same: list[Any] = [employee, reader, person, ref, Ref(ref[0], f"0{ref[1]}")]
        states = follow_states(user, same)
        self.assertEqual(states, dict.fromkeys(same, FollowState(NOON, None)))

    def test_states_of_many(self) -> None:
        user, *people = self.people(1201)
        labels = [Label(name=f"label {number}") for number in range(500)]
        Label.objects.bulk_create(labels)
        follow_many((user, person, NOON) for person in people[:900])
        follow_many((person, user, LATER) for person in people[600:])
        follow_many((label, user, LATER) for label in labels)
        states = follow_states(user, [*people, *labels])
        self.assertEqual(len(states), 1700)
        for number, person in enumerate(people):
            followed_since = NOON if number < 900 else None
            follows_since = LATER if number >= 600 else None
            wanted = FollowState(followed_since, follows_since)
            self.assertEqual(states[person], wanted)
        followers = {states[label] for label in labels}
        self.assertEqual(followers, {FollowState(None, LATER)})
        friends = friends_among(user, people)
        self.assertEqual(friends, dict.fromkeys(people[600:900], NOON))

    def test_states_in_another_relation(self) -> None:
        user, club = self.person(), Club.objects.create()
        self.store.ask(Add([self.edge(user, club, relation="testing.bookmark")]))
        me, other = registry.ref(user), registry.ref(club)
        self.assertEqual(
            self.store.ask(States("testing.bookmark", me, [other])),
            {other: FollowState(NOON, None)},
        )
        self.assertEqual(
            self.store.ask(States(FOLLOW.name, me, [other])), {other: NOTHING}
        )

    def test_states_of_what_is_no_resource(self) -> None:
        user, club = self.person(), Club.objects.create()
        for error, nonsense in (
            (InvalidResource, None),
            (InvalidResource, Nobody()),
            (NotRegistered, Stranger.objects.create()),
            (UnsavedResource, Person()),
        ):
            for verb in (follow_states, friends_among):
                with self.subTest(verb=verb.__name__, nonsense=nonsense):
                    self.refused(error, verb, nonsense, [club])
                    self.refused(
                        error, lambda it, v=verb: v(user, iter([it])), nonsense
                    )

    async def test_await_states(self) -> None:
        user, others = await sync_to_async(self.circle)()
        wanted = (NOON, LATER), (NOON, None), (None, LATER), (None, None)
        self.assertEqual(
            list((await afollow_states(user, iter(others))).values()),
            [FollowState(*each) for each in wanted],
        )
        self.assertEqual(await afriends_among(user, others), {others[0]: NOON})
        self.assertEqual(await afollow_states(user, []), {})


class DecoratedListTests(Circle):
    """Lists whose items have follow states for a viewer."""

    EXPECTED = [
        (True, True, True, NOON, 1),
        (True, False, False, NOON, 1),
        (False, True, False, None, 0),
        (False, False, False, None, 0),
    ]

    def test_the_same_items(self) -> None:
        user, others = self.circle()
        people = with_follow_state(user, others)
        self.assertFalse(hasattr(others[0], "is_followed"))
        self.assertEqual(len(people), 4)
        self.assertIs(people[0], others[0])
        self.assertEqual(people[1:3], others[1:3])
        self.assertTrue(all(a is b for a, b in zip(people, others, strict=True)))
        self.assertEqual(told(others), self.EXPECTED)

    def test_an_instance_is_never_anonymous(self) -> None:
        user, others = self.circle()
        # A project's own field would be set in this way.
        user.is_anonymous = True  # type: ignore[attr-defined]
        self.assertEqual(told(list(with_follow_state(user, others))), self.EXPECTED)

    def test_it_asks_once(self) -> None:
        user, others = self.circle()
        people = with_follow_state(user, (each for each in others))
        with mock.patch.object(type(self.store), "_states", autospec=True) as states:
            states.return_value = {}
            self.assertEqual(states.call_count, 0)
            self.assertEqual(list(people), others)
            self.assertEqual((list(people), len(people)), (others, 4))
            self.assertEqual(states.call_count, 1)

    def test_what_lists_there_are(self) -> None:
        user, club = self.person(), Club.objects.create()
        people = self.people(5)
        follow_many((person, club, NOON) for person in people)
        follow_many((user, person, LATER) for person in people[:2])
        pages: list[Any] = [
            Person.objects.filter(pk__in=[person.pk for person in people]),
            Paginator(people, 5).page(1),
            Paginator(Person.objects.exclude(pk=user.pk).order_by("pk"), 5).page(1),
            tuple(people),
            dict.fromkeys(people),
            get_followers(club),
            get_followers(club)[:5],
            get_followers(club).page(5),
            Paginator(get_followers(club), 5).page(1),
            with_follow_state(None, people),
        ]
        for page in pages:
            with self.subTest(page=type(page)):
                found = list(with_follow_state(user, page))
                instances = [it[0] if isinstance(it, tuple) else it for it in found]
                expected = {person: person in people[:2] for person in people}
                self.assertEqual({it: it.is_followed for it in instances}, expected)
        [*_, (instance, since)] = with_follow_state(user, get_followers(club))
        self.assertEqual((since, instance.followers_count), (NOON, 1))
        self.assertEqual(instance.followed_since, LATER)

    def test_a_page_shows_what_was_set(self) -> None:
        user, _ = self.circle()
        page = Paginator(Club.objects.order_by("pk"), 5).page(1)
        self.assertEqual(len(with_follow_state(user, page)), 1)
        self.assertEqual(told(page), [self.EXPECTED[1]])

    def test_nobody_looks(self) -> None:
        user, others = self.circle()
        strangers = [(False, False, False, None, n) for n in (1, 1, 0, 0)]
        nobody = SimpleLazyObject(Nobody)
        for viewer in (None, Nobody(), nobody):
            self.assertEqual(told(with_follow_state(viewer, others)), strangers)
        self.assertEqual(told(with_follow_state(user, others)), self.EXPECTED)
        lazy: Any = SimpleLazyObject(lambda: user)
        self.assertEqual(told(with_follow_state(lazy, others)), self.EXPECTED)
        [me] = with_follow_state(user, [lazy])
        self.assertEqual(told([user]), [(False, False, False, None, 2)])
        self.assertIs(me, lazy)

    def test_the_same_row_twice(self) -> None:
        user, employee = self.person(), Employee.objects.create(name="employee")
        person = Person.objects.get(pk=employee.person_id)
        follow_many([(user, person, NOON)])
        again, reader = (
            Person.objects.get(pk=person.pk),
            Reader.objects.get(name=person),
        )
        same: list[Any] = [person, employee, again, reader, person]
        expected = [(True, False, False, NOON, 1)] * 5
        self.assertEqual(told(with_follow_state(user, same)), expected)

    def test_what_is_refused(self) -> None:
        user, others = self.circle()
        ref = registry.ref(user)
        for error, nonsense in (
            (NotRegistered, Stranger.objects.create()),
            (UnsavedResource, Person()),
            (InvalidResource, {"name": "values()"}),
            (InvalidResource, (user, others[0])),
            (InvalidResource, ref),
            (InvalidResource, (ref, NOON)),
            (InvalidResource, None),
        ):
            with self.subTest(nonsense=nonsense):
                people = with_follow_state(user, iter([*others, nonsense]))
                message = self.refused(error, list, people)
                # An error that a template has swallowed is raised again on the next
                # use.
                self.assertEqual(self.refused(error, len, people), message)
                self.assertFalse(hasattr(others[0], "is_followed"))
        unsaved = with_follow_state(Person(), others)
        self.refused(UnsavedResource, len, unsaved)

    def test_names_that_are_taken(self) -> None:
        user, others = self.circle()

        def settable() -> property:
            return property(
                lambda it: it.__dict__["_own"],
                lambda it, value: vars(it).update(_own=value),
            )

        for kind, own in (
            ("a read-only property", property(lambda it: 1)),
            ("a method", lambda it: 1),
            ("a method", classmethod(lambda cls: 1)),
            ("a method", staticmethod(lambda: 1)),
            ("a field", vars(Person)["name"]),
            ("a relation", vars(Club)["owner"]),
        ):
            with mock.patch.object(Club, "followers_count", own, create=True):
                people = with_follow_state(user, others)
                message = self.refused(AttributeTaken, list, people)
            self.assertIn("'followers_count'", message)
            self.assertIn(f"sequere_testing.Club has {kind}", message)
            self.assertFalse(hasattr(others[0], "is_followed"))
        for own in (None, 0, settable(), cached_property(lambda it: 1)):
            with mock.patch.object(Club, "followers_count", own, create=True):
                self.assertEqual(told(with_follow_state(user, others)), self.EXPECTED)

    def test_the_tag(self) -> None:
        user, others = self.circle()
        tags = {"sequere_tags": "sequere.templatetags.sequere_tags"}
        template = Engine(libraries=tags).from_string(
            "{% load sequere_tags %}{% with_follow_state user others as people %}"
            "{% for it in people %}{{ it.is_followed }} {{ it.followers_count }} "
            "{% endfor %}{% with_follow_state nobody others using='default' as them %}"
            "{{ them.0.is_followed }} {{ them|length }}"
        )
        page = template.render(
            Context({"user": user, "others": others, "nobody": None})
        )
        self.assertEqual(page, "True 1 True 1 False 0 False 0 False 4")

    async def test_await_the_list(self) -> None:
        user, others = await sync_to_async(self.circle)()

        async def each() -> AsyncIterator[Any]:
            for other in others:
                yield other

        for items in (others, iter(others), each()):
            found = await awith_follow_state(user, items)
            self.assertEqual(found, others)
            self.assertEqual(told(found), self.EXPECTED)
        clubs = await awith_follow_state(user, Club.objects.all())
        self.assertEqual(told(clubs), [self.EXPECTED[1]])
        pairs = await awith_follow_state(None, get_followers(others[0]))
        self.assertEqual(told(it for it, _ in pairs), [(False, False, False, None, 2)])
        with self.assertRaises(InvalidResource):
            await awith_follow_state(user, [None])
