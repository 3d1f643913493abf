"""Tasks of an event loop that call one server share a courier, which saves trips.

A call that finds the courier free goes at once, by itself. Calls that come meanwhile
wait, and travel together when the courier is back: the driver takes many times longer
for each trip than for each command.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from typing import Any, TypeAlias

from redis import exceptions as driver

from sequere.backends.redis.errors import Crowded
from sequere.backends.redis.gates import AsyncGate
from sequere.backends.redis.protocol import Arguments

Client: TypeAlias = Any

# Of one trip. A connection that is lost leaves all of them unknown.
MOST_COMMANDS = 100
MOST_BYTES = 64 * 1024
# A larger parcel travels alone: others would wait for its replies.
LARGE_BYTES = MOST_BYTES // 4


class Waiting:
    """The commands of a call as bytes, and the replies that it waits for."""

    __slots__ = ("future", "names", "packed", "since", "size")

    def __init__(
        self, names: list[str], packed: Sequence[bytes], now: float, future: Any
    ) -> None:
        self.names = names
        self.packed = packed
        self.size = sum(map(len, packed))
        self.since = now
        self.future: asyncio.Future[list[Any]] = future

    @property
    def goes_alone(self) -> bool:
        # Nobody else should wait for replicas.
        is_patient = self.names[-1] == "WAIT"
        is_large = self.size > LARGE_BYTES or len(self.names) > MOST_COMMANDS
        return is_patient or is_large

    def answer(self, replies: list[Any]) -> None:
        # Cancelled callers want no answer.
        if not self.future.done():
            self.future.set_result(replies)

    def fail(self, error: Exception) -> None:
        if isinstance(error, driver.RedisError):
            self.answer([error] * len(self.names))
        elif not self.future.done():
            self.future.set_exception(error)


class Courier:
    """Carries the calls of an event loop to one server, in the order of their arrival.

    A call waits at most as long as the gate has a limit for.
    """

    def __init__(self, client: Client, gate: AsyncGate, timeout: float | None) -> None:
        self.client = client
        self.gate = gate
        self.timeout = timeout
        self.waiting: deque[Waiting] = deque()
        self.is_away = False
        # Event loops hold tasks by weak references.
        self.trip: asyncio.Task[None] | None = None
        self.alarm: asyncio.TimerHandle | None = None
        # It is never connected.
        self.packer = client.connection_pool.make_connection()

    async def carry(self, commands: list[Arguments]) -> list[Any]:
        """The replies to `commands`, errors among them. At most one round trip."""
        if not commands:
            return []
        loop = asyncio.get_running_loop()
        packed = self.packer.pack_commands(commands)
        names = [command[0] for command in commands]
        call = Waiting(names, packed, loop.time(), loop.create_future())
        if call.goes_alone:
            await self._carry_alone(call)
        elif self.is_away or self.gate.semaphore.locked():
            self._enqueue(call)
        else:
            self.is_away = True
            try:
                async with self.gate:
                    await self._travel([call])
            finally:
                self._come_back()
        return await call.future

    async def _carry_alone(self, call: Waiting) -> None:
        try:
            async with self.gate:
                await self._travel([call])
        except Crowded as exc:
            call.fail(exc)

    def _enqueue(self, call: Waiting) -> None:
        self.waiting.append(call)
        self._set_alarm()
        if not self.is_away:
            self._come_back()

    def _come_back(self) -> None:
        """Leave again at once if anybody waits, in a task that no caller can cancel."""
        self.is_away = bool(self.waiting)
        if self.is_away:
            self.trip = asyncio.create_task(self._carry_waiting(), context=Context())

    async def _carry_waiting(self) -> None:
        try:
            # The next trip begins before those who were answered wake up, so that the
            # server works meanwhile.
            while self.waiting:
                # The alarm looks after the limit.
                async with self.gate.semaphore:
                    if calls := self._next_calls():
                        await self._travel(calls)
        finally:
            self._come_back()

    def _next_calls(self) -> list[Waiting]:
        """Those who wait longest, as many as may travel together."""
        calls: list[Waiting] = []
        commands = size = 0
        while self.waiting:
            call = self.waiting[0]
            commands += len(call.names)
            size += call.size
            if calls and (commands > MOST_COMMANDS or size > MOST_BYTES):
                break
            self.waiting.popleft()
            if call.future.done():
                # Cancelled.
                commands -= len(call.names)
                size -= call.size
            else:
                calls.append(call)
        return calls

    def _set_alarm(self) -> None:
        """For the end of the wait of the first in the queue."""
        limit = self.gate.limit
        if self.waiting and self.alarm is None and limit is not None:
            loop = asyncio.get_running_loop()
            end = self.waiting[0].since + limit
            self.alarm = loop.call_at(end, self._send_away, loop, limit)

    def _send_away(self, loop: asyncio.AbstractEventLoop, limit: float) -> None:
        """Fail those who have waited to the end."""
        self.alarm = None
        places = self.gate.places if self.gate.semaphore.locked() else None
        while self.waiting and self.waiting[0].since + limit <= loop.time():
            self.waiting.popleft().fail(Crowded(places, limit))
        self._set_alarm()

    async def _travel(self, calls: Sequence[Waiting]) -> None:
        """Send all commands at once, and give each of `calls` its replies."""
        pool = self.client.connection_pool
        connection = None
        is_read = False
        try:
            async with asyncio.timeout(self.timeout) as patience:
                connection = await pool.get_connection()
                await connection.send_packed_command(
                    [part for call in calls for part in call.packed]
                )
                for call in calls:
                    await self._read(connection, call, patience)
            is_read = True
        except TimeoutError:
            told = f"No reply came within {self.timeout:g} seconds."
            fail(calls, driver.TimeoutError(told))
        except Exception as exc:
            fail(calls, exc)
        except BaseException:
            fail(calls, driver.ConnectionError("The trip was cancelled."))
            raise
        finally:
            if connection is not None:
                # Replies that were not read would be taken for those to later commands.
                if not is_read:
                    await connection.disconnect(nowait=True)
                await pool.release(connection)

    async def _read(
        self, connection: Any, call: Waiting, patience: asyncio.Timeout
    ) -> None:
        replies: list[Any] = []
        for name in call.names:
            try:
                replies.append(await self.client.parse_response(connection, name))
            except driver.ResponseError as exc:
                replies.append(exc)
            except driver.RedisError:
                raise
            except Exception as exc:
                # Damaged text. It is not known where the next reply begins.
                call.fail(exc)
                raise driver.ConnectionError("An earlier reply is damaged.") from exc
            self._renew(patience)
        call.answer(replies)

    def _renew(self, patience: asyncio.Timeout) -> None:
        """Let the next reply have as long, or nearly so: a timer costs more than it."""
        end = patience.when()
        if end is not None and self.timeout is not None:
            now = asyncio.get_running_loop().time()
            if end - now < 0.9 * self.timeout:
                patience.reschedule(now + self.timeout)


def fail(calls: Sequence[Waiting], error: Exception) -> None:
    """Tell those of `calls` that have no replies."""
    for call in calls:
        call.fail(error)
