"""The shared parts of the tests of RedisBackend: servers, commands, and damage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.test import TransactionTestCase, override_settings

from sequere.backends.redis import RedisBackend, connections
from sequere.backends.redis.protocol import Arguments, Parcel
from sequere.handler import get_backend
from sequere.testing.models import Club, Person
from sequere.types import Ref
from tests.backends.redis.servers import backend, needs_server
from tests.engines.redis import find_any, server

NOWHERE = "redis://127.0.0.1:1/0"


@contextmanager
def own_server(*settings: str) -> Iterator[str]:
    # The user of the servers may not enter pytest's own folder.
    with (
        tempfile.TemporaryDirectory(prefix="sequere-") as folder,
        server(Path(folder), find_any(), "--save", "", *settings) as url,
    ):
        yield url


@contextmanager
def at(url: str, **options: Any) -> Iterator[None]:
    """Use another server for the backend `default`."""
    entry = backend(location=url, cluster=False, **options)
    with override_settings(SEQUERE_BACKENDS={"default": entry}):
        yield


@contextmanager
def recorded() -> Iterator[list[list[Arguments]]]:
    """Yield the commands of each round trip."""
    trips: list[list[Arguments]] = []

    def talk_to_all(lines: Any, parcels: list[Parcel]) -> list[list[Any]]:
        trips.extend(parcel.commands for parcel in parcels)
        return original(lines, parcels)

    original = connections.talk_to_all
    with mock.patch.object(connections, "talk_to_all", talk_to_all):
        yield trips


@needs_server
class RedisCase(TransactionTestCase):
    options: dict[str, Any] = {}

    def setUp(self) -> None:
        settings = override_settings(
            SEQUERE_BACKENDS={"default": backend(**self.options)}
        )
        settings.enable()
        self.addCleanup(settings.disable)
        self.store.clear()
        self.addCleanup(self.store.clear)
        self.user = Person.objects.create(name="user")
        self.club = Club.objects.create()

    @property
    def store(self) -> RedisBackend:
        found = get_backend()
        assert isinstance(found, RedisBackend)
        return found

    def people(self, count: int) -> list[Person]:
        return Person.objects.bulk_create(Person(name=str(n)) for n in range(count))


def edges_in(steps: Any) -> int:
    return sum(step.edges for step in steps if step.part == "edges")


def ref(instance: Any) -> Ref:
    name = "person" if isinstance(instance, Person) else "club"
    return Ref(f"testing.{name}", str(instance.pk))


def replica_of(url: str) -> tuple[str, ...]:
    port = url.rpartition(":")[2].partition("/")[0]
    return "--replicaof", "127.0.0.1", port


@contextmanager
def without_pauses() -> Iterator[None]:
    """Let a repair not wait for writers, for tests in which nobody else writes."""
    with mock.patch("sequere.backends.redis.repair.PAUSES", [0, 0, 0]):
        yield
