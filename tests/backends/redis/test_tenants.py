"""The prefix is a function, so that each tenant has a graph of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from unittest import mock

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction

from sequere.api import (
    afollow,
    aget_followers_count,
    ais_following,
    follow,
    get_followers,
    get_followers_count,
    is_following,
    unfollow,
)
from sequere.exceptions import InvalidBackend
from sequere.questions import Forget
from sequere.testing.models import Club
from tests.backends.redis.cases import RedisCase, edges_in, ref
from tests.problems import problems_in

current: ContextVar[Any] = ContextVar("tenant", default="tests-a")


@contextmanager
def tenant(name: Any) -> Iterator[None]:
    token = current.set(name)
    try:
        yield
    finally:
        current.reset(token)


class TenantTests(RedisCase):
    options = {"prefix": current.get}

    def setUp(self) -> None:
        super().setUp()
        with tenant("tests-b"):
            self.store.clear()
        self.addCleanup(self.clear_b)

    def clear_b(self) -> None:
        with tenant("tests-b"):
            self.store.clear()

    def test_each_has_its_own_follows(self) -> None:
        self.assertIs(follow(self.user, self.club), True)
        with tenant("tests-b"):
            self.assertIs(is_following(self.user, self.club), False)
            self.assertEqual(get_followers_count(self.club), 0)
            self.assertIs(follow(self.user, self.club), True)
            self.assertIs(unfollow(self.user, self.club), True)
        self.assertIs(is_following(self.user, self.club), True)

    def test_tasks(self) -> None:
        async def visit(name: str, follows: bool) -> bool:
            with tenant(name):
                if follows:
                    await afollow(self.user, self.club)
                await asyncio.sleep(0)
                return await ais_following(self.user, self.club)

        async def main() -> list[bool]:
            found = visit("tests-a", True), visit("tests-b", False)
            return list(await asyncio.gather(*found))

        self.assertEqual(asyncio.run(main()), [True, False])

    def test_a_deletion_is_of_one_tenant(self) -> None:
        club = Club.objects.create()
        for name in ("tests-a", "tests-b"):
            with tenant(name):
                follow(self.user, club)
        # The deleted row of one tenant has the same key as a row of the other tenant.
        with tenant("tests-b"), transaction.atomic():
            Club.objects.filter(pk=club.pk).delete()
            self.assertIs(is_following(self.user, club), True)
        with tenant("tests-b"):
            self.assertEqual(get_followers_count(ref(club)), 0)
        self.assertEqual(get_followers_count(ref(club)), 1)

    def test_verifying_and_clearing_one(self) -> None:
        follow(self.user, self.club)
        with tenant("tests-b"):
            self.assertEqual(edges_in(self.store.verify()), 0)
            self.store.clear()
        self.assertEqual(problems_in(self.store.verify()), [])
        self.assertEqual(edges_in(self.store.verify()), 1)

    def test_a_call_that_is_made_later(self) -> None:
        follow(self.user, self.club)
        later = self.store.pinned()
        with tenant("tests-b"):
            follow(self.user, self.club)
            later.ask(Forget([ref(self.user)]))
            self.assertIs(is_following(self.user, self.club), True)
        self.assertIs(is_following(self.user, self.club), False)

    def test_a_function_that_returns_no_prefix(self) -> None:
        for wrong in (None, "", "a{b}", "a" * 65, 7):
            with (
                self.subTest(wrong),
                tenant(wrong),
                self.assertRaisesRegex(InvalidBackend, "'default'.*'prefix'"),
            ):
                is_following(self.user, self.club)


def of_connection() -> str:
    """Return the tenant that is stored at the database connection of this thread."""
    return str(getattr(connection, "schema_name", "tests-a"))


class ConnectionTests(RedisCase):
    options = {"prefix": of_connection}

    def tearDown(self) -> None:
        self.store.clear()
        if hasattr(connection, "schema_name"):
            del connection.schema_name
        super().tearDown()

    def test_an_async_call_has_the_tenant_of_the_orm(self) -> None:
        """A middleware activates the tenant in another thread than the event loop's."""

        async def view() -> list[Any]:
            await sync_to_async(setattr)(connection, "schema_name", "tests-b")
            return [
                await afollow(self.user, self.club),
                await ais_following(self.user, self.club),
                await aget_followers_count(self.club),
                [found async for found, _ in get_followers(self.club)],
            ]

        found = async_to_sync(view)()
        self.assertEqual(found, [True, True, 1, [self.user]])
        self.assertEqual(of_connection(), "tests-b")
        self.assertIs(is_following(self.user, self.club), True)
        with mock.patch.object(connection, "schema_name", "tests-a"):
            self.assertIs(is_following(self.user, self.club), False)


class DeferredTests(RedisCase):
    options = {"prefix": current.get, "on_commit": "default"}

    def test_a_commit_when_another_tenant_is_active(self) -> None:
        other = Club.objects.create()
        follow(self.user, other)
        with transaction.atomic():
            follow(self.user, self.club)
            unfollow(self.user, other)
            token = current.set("tests-b")
        try:
            self.assertIs(is_following(self.user, self.club), False)
        finally:
            current.reset(token)
        self.assertIs(is_following(self.user, self.club), True)
        self.assertIs(is_following(self.user, other), False)


class FixedTests(RedisCase):
    def test_a_prefix_that_is_a_text(self) -> None:
        follow(self.user, self.club)
        self.store.pinned().ask(Forget([ref(self.user)]))
        self.assertIs(is_following(self.user, self.club), False)
