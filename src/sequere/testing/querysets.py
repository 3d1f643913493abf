from __future__ import annotations

import pickle
from collections.abc import Iterable
from functools import partial
from typing import Any
from unittest import mock

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count, Q
from django.utils.functional import SimpleLazyObject

from sequere import managers
from sequere.api import follow, follow_many
from sequere.exceptions import (
    InvalidResource,
    NotRegistered,
    NotSupported,
    UnknownBackend,
    UnsavedResource,
)
from sequere.managers import FollowQuerySet
from sequere.questions import Add
from sequere.registration import registry
from sequere.testing.base import ConformanceCase
from sequere.testing.identity import AWKWARD
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
from sequere.types import Ref


class Nobody:
    """An anonymous user like the one in django.contrib.auth, which is not installed
    here.
    """

    is_anonymous = True


class QuerysetTests(ConformanceCase):
    def test_every_type_of_every_type(self) -> None:
        everything = self.one_of_each()
        follow_many((a, b) for a in everything for b in everything if a is not b)
        one_more_of_each()
        for one in everything:
            for other in everything:
                wanted = [] if one is other else [other]
                with self.one_query():
                    found = list(type(other).objects.followed_by(one))
                self.assertEqual(found, wanted)
                with self.one_query():
                    found = list(type(other).objects.followers_of(one))
                self.assertEqual(found, wanted)

    def test_directions(self) -> None:
        user, other, third = self.people(3)
        follow_many([(user, other), (third, user)])
        self.assertEqual(list(Person.objects.followed_by(user)), [other])
        self.assertEqual(list(Person.objects.followers_of(user)), [third])
        self.assertEqual(list(Person.objects.followed_by(other)), [])
        self.assertEqual(list(Person.objects.followers_of(third)), [])

    def test_with_all_that_querysets_do(self) -> None:
        user, *people = self.people(9)
        follow_many((user, person) for person in people[:6])
        follow_many((person, user) for person in people[4:])
        followed = Person.objects.followed_by(user).order_by("pk")
        followers = Person.objects.followers_of(user).order_by("pk")
        everyone = ["p1", "p2", "p3", "p4", "p5", "p6"]
        for query, wanted in (
            (followed, everyone),
            (followed.filter(name="p2"), ["p2"]),
            (followed.exclude(name__lt="p6"), ["p6"]),
            (followed.filter(Q(name="p1") | Q(name="p8")), ["p1"]),
            (followed.followers_of(user), ["p5", "p6"]),
            (followed & followers, ["p5", "p6"]),
            (followed | followers, [*everyone, "p7", "p8"]),
            (Person.objects.filter(pk__in=followed.filter(name="p2")), ["p2"]),
            (Person.objects.exclude(pk__in=followed).exclude(pk=user.pk), ["p7", "p8"]),
            (followed[2:4], ["p3", "p4"]),
            (followed.reverse()[:1], ["p6"]),
            (followed.distinct(), everyone),
            (followed.order_by().union(followers.order_by()), [*everyone, "p7", "p8"]),
        ):
            with self.one_query():
                self.assertEqual(sorted(person.name for person in query), wanted)
        with self.one_query():
            self.assertEqual([*followed.values_list("name", flat=True)], everyone)
        thawed = Person.objects.all()
        thawed.query = pickle.loads(pickle.dumps(followed.query))
        self.assertEqual(list(thawed), list(followed))

    def test_counting_and_pages(self) -> None:
        user, *people = self.people(9)
        follow_many((user, person) for person in people)
        followed = Person.objects.followed_by(user).order_by("pk")
        with self.one_query():
            self.assertEqual(followed.count(), 8)
        with self.one_query():
            self.assertIs(followed.filter(name="p3").exists(), True)
        with self.one_query():
            self.assertEqual(followed.aggregate(n=Count("pk")), {"n": 8})
        page = Paginator(followed, 3).get_page(3)
        self.assertEqual(list(page), people[6:])

    def test_rows_of_joined_tables(self) -> None:
        user = self.person()
        club = Club.objects.create(owner=user)
        follow(user, club)
        with self.one_query():
            [found] = Club.objects.select_related("owner").followed_by(user)
            self.assertEqual(found.owner, user)
        owners = Person.objects.filter(club__in=Club.objects.followed_by(user))
        self.assertEqual(list(owners), [user])
        counted = Club.objects.followed_by(user).annotate(owners=Count("owner"))
        self.assertEqual([each.owners for each in counted], [1])

    def test_changes_and_deletions(self) -> None:
        user, *people = self.people(5)
        follow_many((user, person) for person in people[:2])
        self.assertEqual(Person.objects.followed_by(user).update(name="known"), 2)
        self.assertEqual(Person.objects.filter(name="known").count(), 2)
        Person.objects.followed_by(user).delete()
        self.assertEqual(set(Person.objects.all()), {user, *people[2:]})

    def test_proxies_and_children(self) -> None:
        club = Club.objects.create()
        employee = Employee.objects.create(name="employee")
        Employee.objects.create(name="another")
        person = Person.objects.get(pk=employee.person_id)
        follow_many([(employee, club), (club, employee)])
        with self.one_query():
            self.assertEqual(list(Employee.objects.followers_of(club)), [employee])
        self.assertEqual(list(Person.objects.followers_of(club)), [person])
        [reader] = Reader.objects.followed_by(club)
        self.assertEqual((type(reader), reader.pk), (Reader, person.pk))
        for ref in (employee, person, Reader.objects.get(pk=person.pk)):
            self.assertEqual(list(Club.objects.followed_by(ref)), [club])

    def test_rows_with_any_text_as_key(self) -> None:
        club = Club.objects.create()
        labels = [Label.objects.create(name=name) for name in AWKWARD]
        chosen = labels[::2]
        follow_many((label, club) for label in chosen)
        follow_many((club, label) for label in chosen)
        for found in (
            Label.objects.followers_of(club),
            Label.objects.followed_by(club),
        ):
            self.assertEqual(names(found), names(chosen))
        for label in chosen:
            self.assertEqual(list(Club.objects.followed_by(label)), [club])

    def test_rows_with_another_spelling_of_a_key(self) -> None:
        if connection.vendor == "mysql" and not self.joins_querysets:
            self.skipTest("MariaDB finds rows by the keys it is given in any case")
        club, nick = Club.objects.create(), Nick.objects.create(name="anna")
        follow(Ref("testing.nick", "ANNA"), club)
        self.assertEqual(list(Nick.objects.followers_of(club)), [])
        follow(nick, club)
        self.assertEqual(list(Nick.objects.followers_of(club)), [nick])

    def test_rows_of_two_models_with_the_same_key(self) -> None:
        user, club = Person.objects.create(pk=8), Club.objects.create(pk=8)
        label = Label.objects.create(name="8")
        follow(user, label)
        self.assertEqual(list(Club.objects.followers_of(label)), [])
        self.assertEqual(list(Label.objects.followed_by(club)), [])
        self.assertEqual(list(Label.objects.followed_by(user)), [label])

    def test_rows_with_big_keys(self) -> None:
        self.addCleanup(self.begin_keys_again)
        keys = [2**31, 2**53 + 1, 2**63 - 1, -8, -(2**63)]
        people = [Person.objects.create(pk=key, name="big") for key in keys]
        club = Club.objects.create()
        follow_many((person, club) for person in people)
        self.assertEqual(set(Person.objects.followers_of(club)), set(people))

    def begin_keys_again(self) -> None:
        """SQLite and MariaDB remember the largest key, even if its row is gone."""
        table, vendor = Person._meta.db_table, connection.vendor
        Person._base_manager.all()._raw_delete("default")
        with connection.cursor() as cursor:
            if vendor == "mysql":
                cursor.execute(f"ALTER TABLE {table} AUTO_INCREMENT = 1")
            elif vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])

    def test_what_is_gone_is_left_out(self) -> None:
        user, *people = self.people(3)
        follow_many((user, person) for person in people)
        Person.objects.filter(pk=people[0].pk)._raw_delete("default")
        self.assertEqual(list(Person.objects.followed_by(user)), people[1:])

    def test_relations_do_not_mix_in_querysets(self) -> None:
        user, club = self.person(), Club.objects.create()
        self.store.ask(Add([self.edge(user, club, relation="testing.bookmark")]))
        self.assertEqual(list(Club.objects.followed_by(user)), [])

    def test_refs_lazy_objects_and_aliases(self) -> None:
        user, club = self.person(), Club.objects.create()
        follow(user, club)
        lazy: Any = SimpleLazyObject(lambda: user)
        for source in (lazy, registry.ref(user)):
            found = Club.objects.followed_by(source, using="default")
            self.assertEqual(list(found), [club])
        self.refused(UnknownBackend, Club.objects.followed_by, user, using="nowhere")

    def test_what_a_queryset_cannot_be_asked(self) -> None:
        user, stranger = self.person(), Stranger.objects.create()
        strangers: FollowQuerySet[Stranger] = FollowQuerySet(Stranger)
        for nonsense, error in (
            (None, InvalidResource),
            (Nobody(), InvalidResource),
            (8, InvalidResource),
            (stranger, NotRegistered),
            (Person(), UnsavedResource),
        ):
            self.refused(error, Person.objects.followed_by, nonsense)
            self.refused(error, Person.objects.followers_of, nonsense)
        for method in (strangers.followed_by, strangers.with_follow_state):
            message = self.refused(NotRegistered, method, user)
            self.assertIn("sequere_testing.Stranger is not registered", message)
        for count in (strangers.with_followers_count, strangers.order_by_followers):
            self.refused(NotRegistered, count)

    def test_too_many_ids(self) -> None:
        user, *people = self.people(8)
        follow_many((user, person) for person in people[:6])
        with mock.patch.object(managers, "MAX_IDS", 6):
            self.assertEqual(set(Person.objects.followed_by(user)), set(people[:6]))
            follow(user, people[6])
            if self.joins_querysets:
                found = Person.objects.followed_by(user)
                self.assertEqual(set(found), set(people[:7]))
                return
            message = self.refused(NotSupported, Person.objects.followed_by, user)
        self.assertIn("more than 6 followings", message)
        self.assertIn("'default'", message)
        self.assertIn("get_followings(", message)

    def test_what_takes_a_join(self) -> None:
        user, people = self.person(), Person.objects.all()
        for call, cure in (
            (people.with_followers_count, "get_followers_counts()"),
            (people.order_by_followers, "get_followers_counts()"),
            (partial(people.with_follow_state, user), "followings_among()"),
            (partial(people.with_follow_state, None), "followings_among()"),
        ):
            if self.joins_querysets:
                self.assertEqual(call().get(), user)
                continue
            message = self.refused(NotSupported, call)
            self.assertIn("'default'", message)
            self.assertIn(cure, message)
            if not self.store.supports_querysets:
                self.assertIn("supports_querysets", message)


def one_more_of_each() -> None:
    """Create rows that neither follow nor are followed."""
    Club.objects.create()
    Place.objects.create()
    Label.objects.create(name="2")
    Profile.objects.create(person=Person.objects.create(name="with another profile"))


def names(labels: Iterable[Label]) -> set[str]:
    return {label.name for label in labels}
