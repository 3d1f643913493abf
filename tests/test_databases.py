"""Several aliases that lead to one database, and rows with one key in several."""

from __future__ import annotations

from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import connections, transaction
from django.test import SimpleTestCase, TransactionTestCase, override_settings
from django.utils.connection import ConnectionDoesNotExist

from sequere.api import follow, get_followers_count, is_following
from sequere.databases import is_same_database
from sequere.exceptions import NotSupported
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.testing.models import Club, Person
from tests.backends.test_simple import OTHER
from tests.routers import Tenant


def routed_by(name: str) -> override_settings:
    return override_settings(DATABASE_ROUTERS=[f"tests.routers.{name}"])


class AliasTests(SimpleTestCase):
    def assert_same(self, *, same: bool, **changes: Any) -> None:
        """Assert whether "other", with `changes` to its settings, is the database of
        "default".
        """
        params = {**connections["default"].settings_dict, "TEST": {}, **changes}
        with mock.patch.object(connections["other"], "settings_dict", params):
            self.assertIs(is_same_database("default", "other"), same, changes)
            self.assertIs(is_same_database("other", "default"), same, changes)

    def test_the_settings_tell(self) -> None:
        self.assert_same(same=True)
        self.assert_same(same=True, USER="somebody", PASSWORD="x", CONN_MAX_AGE=9)
        for key in ("ENGINE", "HOST", "PORT", "NAME"):
            self.assert_same(same=False, **{key: "elsewhere"})

    def test_a_schema_of_its_own(self) -> None:
        timeout = {"options": "-c statement_timeout=9"}
        tenant = {"options": "-c search_path=tenant,public"}
        self.assert_same(same=True, OPTIONS=timeout)
        self.assert_same(same=False, OPTIONS=tenant)
        self.assert_same(same=False, OPTIONS={"service": "another"})

    def test_memory_belongs_to_one_connection(self) -> None:
        params = {**connections["default"].settings_dict, "NAME": ":memory:"}
        with mock.patch.object(connections["default"], "settings_dict", params):
            self.assert_same(same=False)
            self.assertIs(is_same_database("default", "default"), True)

    def test_a_replica(self) -> None:
        self.assertIs(is_same_database("default", "replica"), True)
        self.assertIs(is_same_database("replica", "other"), False)
        mirror = {"MIRROR": "replica"}
        self.assert_same(same=True, HOST="elsewhere", TEST=mirror)

    def test_no_alias(self) -> None:
        with pytest.raises(ConnectionDoesNotExist):
            is_same_database("default", "nowhere")


class QuerysetTests(TransactionTestCase):
    databases = {"default", "other", "replica"}

    def setUp(self) -> None:
        self.person, self.club = Person.objects.create(name="x"), Club.objects.create()
        follow(self.person, self.club)

    def joined(self, clubs: Any, at: str | None = None) -> list[Club]:
        """Assert that the queryset itself is the only query."""
        rows = (
            clubs.with_follow_state(self.person)
            .with_followers_count()
            .order_by_followers()
            .followed_by(self.person)
        )
        with mock.patch("sequere.managers.read_keys", side_effect=AssertionError):
            found = list(rows)
        for club in found:
            self.assertIs(club.is_followed, True)
            self.assertEqual(club.followers_count, 1)
        return found

    @routed_by("Replicas")
    def test_a_router_that_takes_turns(self) -> None:
        for _ in range(5):
            self.assertEqual(self.joined(Club.objects), [self.club])

    @routed_by("Replicas")
    def test_a_database_that_is_named(self) -> None:
        for alias in ("default", "replica"):
            for _ in range(3):
                clubs = Club.objects.using(alias)
                self.assertEqual(self.joined(clubs), [self.club])
        with transaction.atomic():
            clubs = Club.objects.select_for_update()
            self.assertEqual(self.joined(clubs), [self.club])

    def test_an_alias_of_the_same_database(self) -> None:
        self.assertEqual(self.joined(Club.objects.using("replica")), [self.club])

    @routed_by("Replicas")
    def test_the_guard_of_another_alias(self) -> None:
        options = {"database": "replica"}
        entry = {"BACKEND": "sequere.backends.simple.SimpleBackend", "OPTIONS": options}
        with override_settings(SEQUERE_BACKENDS={"default": entry}):
            self.assertEqual(self.joined(Club.objects), [self.club])
            stale = Club.objects.get()
            self.club.delete()
            self.assertIs(follow(self.person, stale), False)

    @routed_by("Pool")
    def test_a_replica_that_only_its_router_knows(self) -> None:
        other = Club.objects.using("other").create(pk=self.club.pk)
        EdgeRow.objects.using("other").bulk_create(EdgeRow.objects.using("default"))
        for clubs in (Club.objects, Club.objects.using("other")):
            self.assertEqual(self.joined(clubs), [other])

    def test_another_database(self) -> None:
        for router, clubs in (
            ("Apart", Club.objects.all()),
            ("Apart", Club.objects.using("other")),
            ("Replicas", Club.objects.using("other")),
        ):
            with self.subTest(router), routed_by(router):
                for call in (
                    clubs.with_followers_count,
                    clubs.order_by_followers,
                    partial(clubs.with_follow_state, self.person),
                ):
                    with pytest.raises(NotSupported, match=r"another database.*MIRROR"):
                        call()

    def test_rows_of_an_object_in_another_database(self) -> None:
        person = Person.objects.using("other").create(name="y")
        for router in ([], ["tests.routers.Shards"]):
            with (
                override_settings(DATABASE_ROUTERS=router),
                pytest.raises(NotSupported),
            ):
                person.club_set.with_followers_count()


class DeletionTests(TransactionTestCase):
    databases = {"default", "other", "replica"}

    def setUp(self) -> None:
        self.person, self.club = Person.objects.create(name="x"), Club.objects.create()
        self.addCleanup(get_backend("memory").clear)
        for using in ("default", "memory"):
            follow(self.person, self.club, using=using)

    def twin(self, alias: str = "other") -> Person:
        return Person.objects.using(alias).create(pk=self.person.pk, name="twin")

    def followers(self) -> list[int]:
        return [get_followers_count(self.club, using=each) for each in STORES]

    def test_a_row_with_the_same_key_elsewhere(self) -> None:
        self.twin().delete()
        self.assertEqual(self.followers(), [1, 1])
        twin = self.twin()
        Club.objects.using("other").create(pk=self.club.pk, owner=twin)
        Person.objects.using("other").filter(pk=twin.pk).delete()
        self.assertIs(Club.objects.using("other").exists(), False)
        self.assertEqual(self.followers(), [1, 1])
        self.person.delete()
        self.assertEqual(self.followers(), [0, 0])

    def test_a_twin_that_only_the_backend_stands_beside(self) -> None:
        with override_settings(SEQUERE_BACKENDS=OTHER):
            follow(self.person, self.club)
            self.twin().delete()
            self.assertIs(is_following(self.person, self.club), True)
            self.person.delete()
            self.assertEqual(get_followers_count(self.club), 0)

    def test_through_another_alias_of_the_database(self) -> None:
        Person.objects.using("replica").get(pk=self.person.pk).delete()
        self.assertEqual(self.followers(), [0, 0])

    @routed_by("Replicas")
    def test_an_instance_that_was_read_from_a_replica(self) -> None:
        Person.objects.using("replica").get(pk=self.person.pk).delete()
        self.assertEqual(self.followers(), [0, 0])

    def test_a_tenant(self) -> None:
        with routed_by("Tenant"), mock.patch.object(Tenant, "current", "other"):
            person, club = self.twin(), Club.objects.create(pk=self.club.pk)
            follow(person, club)
            person.delete()
            self.assertEqual(get_followers_count(club), 0)
        self.assertEqual(get_followers_count(self.club), 1)

    @routed_by("Shards")
    def test_a_shard(self) -> None:
        for key, alias, other in ((10**6, "default", "other"), (7, "other", "default")):
            for using in (alias, other):
                Person.objects.using(using).create(pk=key, name=using)
            person = Person.objects.using(alias).get(pk=key)
            follow(person, self.club, using="memory")
            Person.objects.using(other).get(pk=key).delete(using=other)
            self.assertEqual(get_followers_count(self.club, using="memory"), 2)
            person.delete()
            self.assertEqual(get_followers_count(self.club, using="memory"), 1)


STORES = ("default", "memory")
