"""Tasks of an event loop that call one server share a courier, which saves round trips.

A call that finds the courier free goes at once, alone. Calls that arrive during the
trip wait, and travel together when the courier is back: the driver takes many times
longer for each trip than for each command.
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

# One trip carries at most this many commands, all unknown if the connection is lost.
MOST_COMMANDS = 100
MOST_BYTES = 64 * 1024
# A larger parcel travels alone: other calls would wait for its replies.
LARGE_BYTES = MOST_BYTES // 4


class Waiting:
    """The commands of a call as bytes, and the replies that the call waits for."""

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
        # No other call should wait for replicas.
        is_patient = self.names[-1] == "WAIT"
        is_large = self.size > LARGE_BYTES or len(self.names) > MOST_COMMANDS
        return is_patient or is_large

    def answer(self, replies: list[Any]) -> None:
        # Cancelled callers need no answer.
        if not self.future.done():
            self.future.set_result(replies)

    def fail(self, error: Exception) -> None:
        if isinstance(error, driver.RedisError):
            self.answer([error] * len(self.names))
        elif not self.future.done():
            self.future.set_exception(error)


class Courier:
    """Carries the calls of an event loop to one server, in the order of their arrival.

    A call waits at most for the time limit of the gate.
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
        # This connection only packs commands; it is never connected.
        self.packer = client.connection_pool.make_connection()

    async def carry(self, commands: list[Arguments]) -> list[Any]:
        """Return the replies to `commands`, and errors. At most one round trip."""
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
        """Leave again at once if calls wait, in a task that no caller can cancel."""
        self.is_away = bool(self.waiting)
        if self.is_away:
            self.trip = asyncio.create_task(self._carry_waiting(), context=Context())

    async def _carry_waiting(self) -> None:
        try:
            # The next trip begins before the answered callers wake up, so that the
            # server works meanwhile.
            while self.waiting:
                # The alarm enforces the limit.
                async with self.gate.semaphore:
                    if calls := self._next_calls():
                        await self._travel(calls)
        finally:
            self._come_back()

    def _next_calls(self) -> list[Waiting]:
        """Return the calls that wait longest, as many as may travel together."""
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
                # The call was cancelled.
                commands -= len(call.names)
                size -= call.size
            else:
                calls.append(call)
        return calls

    def _set_alarm(self) -> None:
        """Set the alarm for the time when the first call in the queue times out."""
        limit = self.gate.limit
        if self.waiting and self.alarm is None and limit is not None:
            loop = asyncio.get_running_loop()
            end = self.waiting[0].since + limit
            self.alarm = loop.call_at(end, self._send_away, loop, limit)

    def _send_away(self, loop: asyncio.AbstractEventLoop, limit: float) -> None:
        """Fail the calls that have waited for their full time."""
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
                # Unread replies would be taken for the replies to later commands.
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
                # The text is damaged: the start of the next reply is not known.
                call.fail(exc)
                raise driver.ConnectionError("An earlier reply is damaged.") from exc
            self._renew(patience)
        call.answer(replies)

    def _renew(self, patience: asyncio.Timeout) -> None:
        """Give the next reply nearly the same time: a timer costs more than a reply."""
        end = patience.when()
        if end is not None and self.timeout is not None:
            now = asyncio.get_running_loop().time()
            if end - now < 0.9 * self.timeout:
                patience.reschedule(now + self.timeout)


def fail(calls: Sequence[Waiting], error: Exception) -> None:
    """Fail the `calls` that have no replies."""
    for call in calls:
        call.fail(error)
