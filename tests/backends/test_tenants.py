"""SimpleBackend in schemas of PostgreSQL: each has its own follows and counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from sequere.api import follow, get_followers, get_followers_count, is_following
from sequere.testing.models import Club, Person
from tests.settings import ENGINE

SCHEMAS = "tenant_a", "tenant_b"


@contextmanager
def schema(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {name}")
        try:
            yield
        finally:
            cursor.execute("RESET search_path")


@pytest.mark.skipif(ENGINE != "postgresql", reason="needs schemas")
class SchemaTests(TransactionTestCase):
    databases = {"default", "other"}

    def setUp(self) -> None:
        for name in SCHEMAS:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE SCHEMA {name}")
            self.addCleanup(self.drop, name)
            with schema(name):
                call_command("migrate", verbosity=0, run_syncdb=True)
                self.user = Person.objects.create(pk=1, name="user")
                self.club = Club.objects.create(pk=1)

    def drop(self, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {name} CASCADE")

    def test_each_has_its_own_follows(self) -> None:
        with schema("tenant_a"):
            self.assertIs(follow(self.user, self.club), True)
        with schema("tenant_b"):
            self.assertEqual(get_followers_count(self.club), 0)
            self.assertIs(follow(self.user, self.club), True)
            self.assertEqual(len(get_followers(self.club)), 1)

    def test_a_deletion_is_of_one_tenant(self) -> None:
        for name in SCHEMAS:
            with schema(name):
                follow(self.user, self.club)
        with schema("tenant_b"):
            Club.objects.get().delete()
            self.assertEqual(get_followers_count(self.club), 0)
        with schema("tenant_a"):
            self.assertIs(is_following(self.user, self.club), True)
            self.assertEqual(get_followers_count(self.club), 1)
