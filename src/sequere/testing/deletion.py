from __future__ import annotations

from typing import Any

from django.db import transaction
from django.test.utils import CaptureQueriesContext

from sequere.api import (
    follow,
    follow_many,
    get_followers,
    get_followers_count,
    get_followers_counts,
    get_followings_count,
    is_following,
    unfollow,
)
from sequere.signals import followed
from sequere.testing.base import NOON, ConformanceCase
from sequere.testing.models import Club, Employee, Person, Reader
from sequere.types import Edge, Ref


class DeletionTests(ConformanceCase):
    def mutual(self, person: Person) -> Club:
        club = Club.objects.create()
        follow_many([(person, club, NOON), (club, person, NOON)])
        return club

    def assert_nothing_left(self, club: Club) -> None:
        self.assertEqual(get_followers(club), [])
        self.assertEqual(get_followers_count(club), 0)
        self.assertEqual(get_followings_count(club), 0)

    def test_instance(self) -> None:
        person = self.person()
        club, ref = self.mutual(person), Ref("testing.person", str(person.pk))
        person.delete()
        self.assert_nothing_left(club)
        self.assertEqual(get_followers_count(ref), 0)
        self.assertEqual(self.pairs("followers", ref), [])

    def test_queryset(self) -> None:
        people, club = self.people(40), Club.objects.create()
        follow_many((person, club) for person in people)
        follow_many((club, person) for person in people)
        Person.objects.filter(pk__in=[person.pk for person in people[:30]]).delete()
        self.assertEqual(get_followers_count(club), 10)
        self.assertEqual(get_followings_count(club), 10)
        self.assertEqual(len(get_followers(club)), len(list(get_followers(club))))

    def test_cascade(self) -> None:
        owner, person = self.person("owner"), self.person()
        clubs = [Club.objects.create(owner=owner) for _ in range(3)]
        follow_many((person, club) for club in clubs)
        owner.delete()
        self.assertEqual(get_followings_count(person), 0)

    def test_proxy_and_child(self) -> None:
        person = self.person()
        club = self.mutual(person)
        Reader.objects.get(pk=person.pk).delete()
        self.assert_nothing_left(club)
        employee = Employee.objects.create(name="employee")
        club = self.mutual(employee)
        employee.delete()
        self.assert_nothing_left(club)

    def test_the_queries_do_not_grow_with_the_objects(self) -> None:
        from django.db import connection

        club, people = Club.objects.create(), self.people(120)
        follow_many((person, club) for person in people)

        def queries_of(doomed: list[Person]) -> int:
            keys = [person.pk for person in doomed]
            with CaptureQueriesContext(connection) as queries:
                Person.objects.filter(pk__in=keys).delete()
            return len(queries)

        self.assertEqual(queries_of(people[:2]), queries_of(people[2:90]))
        self.assertEqual(get_followers_count(club), 30)

    def test_a_deletion_that_fails_and_is_tried_again(self) -> None:
        from django.db.models.signals import post_delete

        person, other = self.person(), self.person("other")
        club = self.mutual(person)
        follow(other, club)
        doomed = Person.objects.filter(pk__in=[person.pk, other.pk])

        def fail(instance: Person, **kwargs: Any) -> None:
            raise RuntimeError

        post_delete.connect(fail, sender=Person)
        try:
            self.refused(RuntimeError, doomed.delete)
        finally:
            post_delete.disconnect(fail, sender=Person)
        self.assertEqual(get_followers_count(club), 2)
        doomed.delete()
        self.assert_nothing_left(club)

    def test_a_deletion_that_is_rolled_back(self) -> None:
        person = self.person()
        club = self.mutual(person)
        key = person.pk
        with self.assertRaises(RuntimeError), transaction.atomic():
            person.delete()
            raise RuntimeError
        self.assertIs(is_following(Person.objects.get(pk=key), club), True)
        self.assertEqual(get_followers_count(club), 1)

    def test_following_what_was_deleted_meanwhile(self) -> None:
        if not (self.store.supports_integrity and self.joins_transactions):
            self.skipTest("supports_integrity is off, or the objects are elsewhere")
        person, club = self.person(), Club.objects.create()
        stale = Person.objects.get(pk=person.pk)
        person.delete()
        self.assertIs(follow(stale, club), False)
        self.assertIs(follow(club, stale), False)
        self.assertEqual(follow_many([(stale, club), (club, stale)]), [])
        self.assert_nothing_left(club)


class TransactionTests(ConformanceCase):
    def test_a_rollback_takes_follows_with_it(self) -> None:
        if not self.joins_transactions:
            self.skipTest("supports_transactions is off, or the database another")
        user, club, other = self.person(), Club.objects.create(), self.person("other")
        follow(other, club)
        heard = self.listen()
        with self.assertRaises(RuntimeError), transaction.atomic():
            follow(user, club)
            unfollow(other, club)
            self.assertEqual(get_followers_count(club), 1)
            self.assertIs(is_following(user, club), True)
            raise RuntimeError
        self.assertIs(is_following(user, club), False)
        self.assertEqual([each for each, _ in get_followers(club)], [other])
        self.assertEqual(get_followers_counts([club]), {club: 1})
        self.assertEqual(heard, [])

    def test_signals_wait_for_the_commit(self) -> None:
        user, club = self.person(), Club.objects.create()
        heard = self.listen()
        with transaction.atomic():
            follow(user, club)
            early = list(heard)
        self.assertEqual(len(heard), 1)
        self.assertEqual(len(early), 0 if self.joins_transactions else 1)

    def test_signals(self) -> None:
        user, club = self.person(), Club.objects.create()
        heard = self.listen()
        follow_many([(user, club, NOON)])
        follow(user, club)
        unfollow(user, club)
        unfollow(user, club)
        edge = self.edge(user, club)
        self.assertEqual(heard, [("followed", edge), ("unfollowed", edge)])

    def test_a_receiver_that_fails_does_not_undo_the_follow(self) -> None:
        user, club = self.person(), Club.objects.create()

        def fail(edge: Edge, **kwargs: Any) -> None:
            raise RuntimeError("a receiver")

        followed.connect(fail)
        self.addCleanup(followed.disconnect, fail)
        heard = self.listen()
        with self.assertLogs("django.dispatch", "ERROR"):
            self.assertIs(follow(user, club), True)
        self.assertEqual(len(heard), 1)
        self.assertIs(is_following(user, club), True)
