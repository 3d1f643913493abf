"""Callers enter first come, first served, as many at once as there are connections.

The driver's own pools let a caller who has just given a connection back take it again
before anyone who waits: some wait until they fail, on an idle machine too.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from threading import Lock
from types import TracebackType
from weakref import WeakSet

from sequere.backends.redis.errors import Crowded


class Turn:
    """That of a thread which waits."""

    def __init__(self) -> None:
        self.has_come = False
        self.bell = Lock()
        self.bell.acquire()

    def come(self) -> None:
        self.has_come = True
        self.bell.release()


class Gate:
    """For threads. Each place that becomes free goes to the one who waits longest."""

    def __init__(self, places: int, limit: float | None) -> None:
        self.places = places
        self.limit = limit
        self.reset()
        gates.add(self)

    def reset(self) -> None:
        self.lock = Lock()
        self.free = self.places
        self.turns: deque[Turn] = deque()

    def enter(self) -> None:
        if not self._is_open_to(None):
            self._wait(Turn())

    def leave(self) -> None:
        with self.lock:
            if self.turns:
                self.turns.popleft().come()
            else:
                self.free += 1

    def _is_open_to(self, turn: Turn | None) -> bool:
        """Take a place, or else have `turn` wait for one."""
        with self.lock:
            if self.free:
                self.free -= 1
                if turn:
                    turn.has_come = True
                return True
            if turn:
                self.turns.append(turn)
            return False

    def _wait(self, turn: Turn) -> None:
        try:
            if self._is_open_to(turn):
                return
            turn.bell.acquire(timeout=-1 if self.limit is None else self.limit)
        except BaseException:
            # An interrupt.
            if not self._withdraw(turn):
                self.leave()
            raise
        if self._withdraw(turn):
            raise Crowded(self.places, self.limit)

    def _withdraw(self, turn: Turn) -> bool:
        """Whether the turn had not come. If it had, a place is taken."""
        with self.lock:
            if turn in self.turns:
                self.turns.remove(turn)
            return not turn.has_come


gates: WeakSet[Gate] = WeakSet()


def reset_all() -> None:
    """The threads that were inside, or waited, are not in a forked process."""
    for gate in gates:
        gate.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=reset_all)


class AsyncGate:
    """For the tasks of one event loop."""

    def __init__(self, places: int, limit: float | None) -> None:
        self.places = places
        self.limit = limit
        # Python's semaphore serves in order of arrival.
        self.semaphore = asyncio.Semaphore(places)

    async def __aenter__(self) -> None:
        if not self.semaphore.locked():
            await self.semaphore.acquire()
            return
        try:
            async with asyncio.timeout(self.limit):
                await self.semaphore.acquire()
        except TimeoutError as exc:
            raise Crowded(self.places, self.limit) from exc

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.semaphore.release()
