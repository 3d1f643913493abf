"""RedisBackend keeps the contract, for threads and for asyncio."""

from __future__ import annotations

from sequere.testing import BackendConformance
from tests.backends.redis.servers import backend, needs_server


@needs_server
class RedisTests(BackendConformance):
    backend = backend()


@needs_server
class AsyncRedisTests(BackendConformance):
    backend = backend("tests.backends.redis.through_asyncio.AsyncRedisBackend")
