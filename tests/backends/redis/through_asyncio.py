"""RedisBackend whose every call goes by asyncio, for the tests of threads."""

from __future__ import annotations

import asyncio
from functools import cache
from threading import Thread
from typing import TypeVar

from sequere.backends.redis import RedisBackend
from sequere.backends.redis.protocol import Plan

T = TypeVar("T")


@cache
def loop() -> asyncio.AbstractEventLoop:
    """One event loop for all threads, in a thread of its own."""
    found = asyncio.new_event_loop()
    Thread(target=found.run_forever, daemon=True).start()
    return found


class AsyncRedisBackend(RedisBackend):
    def _run(self, plan: Plan[T]) -> T:
        return asyncio.run_coroutine_threadsafe(self._arun(plan), loop()).result()
