"""A RedisBackend that answers every call by asyncio, for the tests of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cache
from threading import Thread
from typing import Any, TypeVar

from sequere.backends.redis import RedisBackend
from sequere.plans import Plan, adrive
from sequere.questions import Question

T = TypeVar("T")


@cache
def loop() -> asyncio.AbstractEventLoop:
    """All threads share one event loop, which runs in a thread of its own."""
    found = asyncio.new_event_loop()
    Thread(target=found.run_forever, daemon=True).start()
    return found


class AsyncRedisBackend(RedisBackend):
    def _answer(self, question: Question[T]) -> T:
        return wait(self._aanswer(question))

    def _run(self, plan: Plan[T]) -> T:
        return wait(adrive(plan, self._atake))


def wait(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop()).result()
