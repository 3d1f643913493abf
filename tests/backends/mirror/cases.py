"""What the tests of MirrorBackend share: a server of their own, and a mirror on it. On
the engine `cluster`, the mirror is in the cluster of the test run.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import TransactionTestCase, override_settings

from sequere.backends.mirror import MirrorBackend
from sequere.backends.mirror.keeping import keep
from sequere.backends.mirror.own import Trust
from sequere.backends.mirror.rebuilding import rebuild
from sequere.backends.mirror.settling import Sides, drain
from sequere.exceptions import BackendError
from sequere.handler import get_backend
from sequere.registration import registry
from sequere.testing.base import NOON
from sequere.testing.models import Club, Person
from sequere.types import Edge
from sequere.verifying.digests import Digest
from tests.backends.redis.servers import IS_CLUSTER, URLS
from tests.engines.redis import Node, cluster, find_any, persistence, server

#: A busy machine is not a failure.
PATIENCE = 60

needs_cluster = pytest.mark.skipif(not IS_CLUSTER, reason="a test of a cluster")
needs_one_server = pytest.mark.skipif(IS_CLUSTER, reason="a test of one server")


@contextmanager
def redis_server(folder: str | None = None, *settings: str) -> Iterator[str]:
    """Run a server in a folder: its port is the same whenever it runs there."""
    with (
        tempfile.TemporaryDirectory(prefix="sequere-") as own,
        server(
            Path(folder or own), find_any(), *persistence(durable=False), *settings
        ) as url,
    ):
        yield url


@contextmanager
def redis_cluster(folder: str) -> Iterator[list[Node]]:
    with cluster(Path(folder), find_any(), *persistence(durable=False)) as nodes:
        yield nodes


def aliases(
    *urls: str, is_cluster: bool = IS_CLUSTER, **changed: Any
) -> dict[str, Any]:
    """SEQUERE_BACKENDS with a mirror on the server or the cluster at `urls`."""
    redis = {
        "location": urls,
        "cluster": is_cluster,
        "timeout": PATIENCE,
        "prefix": "mirrored",
    }
    options = {"primary": "sql", "mirror": "redis", "reads": "mirror"}
    return {
        "default": {
            "BACKEND": "sequere.backends.mirror.MirrorBackend",
            "OPTIONS": options | changed,
        },
        "sql": {"BACKEND": "sequere.backends.simple.SimpleBackend"},
        "redis": {
            "BACKEND": "sequere.backends.redis.RedisBackend",
            "OPTIONS": redis,
        },
    }


def start(sides: Sides) -> None:
    Trust.resting.clear()
    # Of an earlier test.
    sides.mirror.release()
    sides.journal.start()
    for _ in rebuild(sides):
        pass


class Keeper(threading.Thread):
    """Keeps the mirror of `default`, as `sequere_mirror drain --watch` does."""

    def __init__(self, pause: float = 0.05) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.pause = pause

    def run(self) -> None:
        while not self.ended.wait(self.pause):
            with suppress(BackendError):
                keep(mirror().sides)
        connections.close_all()

    def __enter__(self) -> Keeper:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.ended.set()
        self.join()


def mirror() -> MirrorBackend:
    found = get_backend()
    assert isinstance(found, MirrorBackend)
    return found


@cache
def shared_servers() -> list[str]:
    """The URLs of the cluster, or of a server that lives as long as the tests."""
    import atexit

    if IS_CLUSTER:
        return URLS

    context = redis_server()
    url = context.__enter__()
    atexit.register(context.__exit__, None, None, None)
    return [url]


class MirrorCase(TransactionTestCase):
    """A mirror that is started, and `self.people` and a club without edges."""

    options: dict[str, Any] = {}

    def setUp(self) -> None:
        self.entries = self.backends()
        settings = override_settings(SEQUERE_BACKENDS=self.entries)
        settings.enable()
        self.addCleanup(settings.disable)
        self.begin()
        self.club = Club.objects.create()
        self.people = Person.objects.bulk_create(Person(name=f"p{n}") for n in range(4))

    def backends(self) -> dict[str, Any]:
        return aliases(*self.urls(), **self.options)

    def begin(self) -> None:
        # Other tests expect the servers to be empty.
        self.addCleanup(self.store.mirror.clear)
        self.addCleanup(self.sides.mirror.release)
        self.addCleanup(self.sides.journal.stop)
        start(self.sides)

    def urls(self) -> list[str]:
        return shared_servers()

    @property
    def store(self) -> MirrorBackend:
        return mirror()

    @property
    def sides(self) -> Sides:
        return mirror().sides

    def drain(self) -> None:
        """Settle all intents once."""
        for _ in drain(self.sides):
            pass

    def edge(self, person: Person, **changed: Any) -> Edge:
        refs = registry.ref(person), registry.ref(self.club)
        return Edge("follow", *refs, NOON)._replace(**changed)

    def edges(self, alias: str) -> set[Edge]:
        return {edge for edges in get_backend(alias).scan() for edge in edges}

    def assert_equal(self) -> None:
        """Both sides are equal by their digests."""
        digests = Digest(), Digest()
        for alias, digest in zip(("sql", "redis"), digests, strict=True):
            for edges in get_backend(alias).scan():
                digest.add(edges)
        self.assertFalse(digests[0].difference(digests[1]))
