"""RedisBackend passes the conformance suite, with threads and with asyncio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from redis import Redis

from sequere.backends.redis import (
    RedisBackend,
    cluster_writes,
    protocol,
    routing,
    writes,
)
from sequere.backends.redis.scripts import by_sha
from sequere.testing import BackendConformance
from tests.backends.redis.servers import backend, needs_server


class Counted(BackendConformance):
    @contextmanager
    def round_trips(self) -> Iterator[Callable[[], int] | None]:
        assert isinstance(self.store, RedisBackend)
        load_scripts(self.store)
        with mock.patch.object(
            routing, "Exchange", side_effect=protocol.Exchange
        ) as exchanges:
            yield lambda: exchanges.call_count


def load_scripts(store: RedisBackend) -> None:
    """Load the scripts; otherwise the first call of each would take one more round
    trip.
    """
    for address in store._run(store.router.servers()):
        with Redis.from_url(address) as client:
            for script in by_sha.values():
                client.script_load(script.source)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take no writer for dead: a live one may stand still for long if others run."""
    monkeypatch.setattr(cluster_writes, "PAUSES", [*writes.PAUSES, 2, 5, 10])


@needs_server
class RedisTests(Counted):
    backend = backend()


@needs_server
class AsyncRedisTests(Counted):
    backend = backend("tests.backends.redis.through_asyncio.AsyncRedisBackend")
