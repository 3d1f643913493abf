from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock

from django.db import DatabaseError, transaction
from django.db.models import Model
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete
from django.test import TestCase, TransactionTestCase, override_settings

from sequere.api import follow, get_followers_count, is_following
from sequere.backends.memory import MemoryBackend
from sequere.handler import get_backend
from sequere.questions import Forget
from sequere.testing.models import Club, Person, Stranger
from sequere.types import Edge, Ref
from tests.testapp.models import Bot, HelpfulBot


class HookTests(TestCase):
    def test_it_listens_to_registered_models_and_their_proxies_only(self) -> None:
        for model, listens in (
            (Person, True),
            (Bot, True),
            (HelpfulBot, True),
            (Stranger, False),
            (Model, False),
        ):
            for signal in (pre_delete, post_delete):
                self.assertIs(signal.has_listeners(model), listens, model)

    def test_a_proxy_that_is_made_later(self) -> None:
        class Late(Person):
            class Meta:
                proxy = True
                app_label = "testapp"

        self.assertTrue(post_delete.has_listeners(Late))

    def test_a_deletion_without_an_origin(self) -> None:
        person, club = Person.objects.create(name="x"), Club.objects.create()
        follow(person, club)
        collector = Collector(using="default", origin=None)
        collector.collect([person])
        collector.delete()
        self.assertEqual(get_followers_count(club), 0)


class Broken(MemoryBackend):
    """A backend that cannot be reached when objects are deleted."""

    reachable = False

    def _forget(self, asked: Forget) -> list[Edge]:
        if not self.reachable:
            raise ConnectionError("The server is down.")
        return super()._forget(asked)


STORES = {
    "broken": {"BACKEND": "tests.test_deletion.Broken"},
    "default": {"BACKEND": "sequere.backends.simple.SimpleBackend"},
    "memory": {"BACKEND": "sequere.backends.memory.MemoryBackend"},
}


@override_settings(SEQUERE_BACKENDS=STORES)
class FailureTests(TransactionTestCase):
    def setUp(self) -> None:
        self.person, self.club = Person.objects.create(name="x"), Club.objects.create()
        self.ref = Ref("testing.person", str(self.person.pk))
        for alias in STORES:
            follow(self.person, self.club, using=alias)
            self.addCleanup(get_backend(alias).clear)

    def followers(self) -> dict[str, int]:
        return {each: get_followers_count(self.club, using=each) for each in STORES}

    def test_a_store_that_is_down_stops_nothing_else(self) -> None:
        done: list[str] = []
        with self.assertLogs("sequere.deletion", "ERROR") as logs:
            with transaction.atomic():
                self.person.delete()
                transaction.on_commit(lambda: done.append("the project's own"))
            self.assertEqual(done, ["the project's own"])
        self.assertEqual(self.followers(), {"broken": 1, "default": 0, "memory": 0})
        self.assert_can_be_finished(logs.records)

    def test_outside_of_a_transaction(self) -> None:
        with self.assertLogs("sequere.deletion", "ERROR") as logs:
            self.person.delete()
        self.assertIs(Person.objects.exists(), False)
        self.assertEqual(self.followers(), {"broken": 1, "default": 0, "memory": 0})
        self.assert_can_be_finished(logs.records)

    def assert_can_be_finished(self, records: Sequence[Any]) -> None:
        [record] = records
        message = record.getMessage()
        of = self.ref.identifier
        for part in ("'broken'", f"1 of {of}", "The server is down.", "Forget(refs)"):
            self.assertIn(part, message)
        self.assertNotIn(str(self.ref), message)
        self.assertIsNotNone(record.exc_info)
        store = get_backend(record.alias)
        assert isinstance(store, Broken)
        store.reachable = True
        self.addCleanup(vars(store).pop, "reachable")
        store.ask(Forget(record.withheld.values))
        self.assertEqual(get_followers_count(self.club, using="broken"), 0)

    def test_many_refs_are_in_the_record(self) -> None:
        people = Person.objects.bulk_create([Person(name="x") for _ in range(30)])
        with self.assertLogs("sequere.deletion", "ERROR") as logs:
            Person.objects.all().delete()
        [record] = logs.records
        refs = record.__dict__["withheld"].values
        self.assertEqual(len(refs), 1 + len(people))
        self.assertIn(f"{len(refs)} of {self.ref.identifier}", record.getMessage())
        # A handler that writes every attribute of a record writes no object ids.
        self.assertNotIn(str(self.ref), str(record.__dict__))

    def test_a_store_that_shares_the_transaction_keeps_the_row(self) -> None:
        """Neither the row nor its edges are deleted."""
        store = get_backend("default")
        down = mock.patch.object(store, "_forget", side_effect=DatabaseError("timeout"))
        with down, self.assertRaises(DatabaseError):
            self.person.delete()
        person = Person.objects.get()
        self.assertEqual(self.followers(), {"broken": 1, "default": 1, "memory": 1})
        self.assertIs(is_following(person, self.club), True)
