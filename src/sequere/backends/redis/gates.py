"""A gate lets callers in, first come, first served, up to the number of connections.

The driver's own pools let a caller that has just returned a connection take it again
before any waiting caller: some callers wait until they fail, even on an idle machine.
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
    """The turn of a waiting thread."""

    def __init__(self) -> None:
        self.has_come = False
        self.bell = Lock()
        self.bell.acquire()

    def come(self) -> None:
        self.has_come = True
        self.bell.release()


class Gate:
    """A gate for threads. A freed place goes to the thread that has waited longest."""

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
        """Take a place, or else let `turn` wait for one."""
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
            # An interrupt ended the wait.
            if not self._withdraw(turn):
                self.leave()
            raise
        if self._withdraw(turn):
            raise Crowded(self.places, self.limit)

    def _withdraw(self, turn: Turn) -> bool:
        """Return False if the turn had come already: then the turn holds a place."""
        with self.lock:
            if turn in self.turns:
                self.turns.remove(turn)
            return not turn.has_come


gates: WeakSet[Gate] = WeakSet()


def reset_all() -> None:
    """Reset the gates after a fork: the threads inside or waiting do not survive it."""
    for gate in gates:
        gate.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=reset_all)


class AsyncGate:
    """A gate for the tasks of one event loop."""

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
