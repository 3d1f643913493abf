"""Calls get a connection in the order of their arrival, and no call waits for ever."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from redis import exceptions as driver

from sequere.api import aget_followers_count, get_followers_count
from sequere.backends.redis.addresses import Address
from sequere.backends.redis.connections import Line
from sequere.backends.redis.couriers import Courier
from sequere.backends.redis.errors import Crowded
from sequere.backends.redis.gates import AsyncGate, Gate
from sequere.exceptions import BackendUnavailable
from tests.backends.redis.cases import RedisCase, at, own_server

CALLERS = 60
CALLS = 20
FORKED = """
import os
from sequere.backends.redis.gates import Gate
gate = Gate(1, 0.001)
gate.enter()
if not (child := os.fork()):
    gate.enter()
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


def wait(ready: Callable[[], bool]) -> None:
    while not ready():
        time.sleep(0.001)


class TestThreads:
    def test_first_come_first_served(self) -> None:
        gate = Gate(1, None)
        served: list[int] = []

        def call(number: int) -> None:
            gate.enter()
            served.append(number)
            gate.leave()

        gate.enter()
        threads = [threading.Thread(target=call, args=(n,)) for n in range(10)]
        for number, thread in enumerate(threads, 1):
            thread.start()
            wait(lambda number=number: len(gate.turns) == number)  # type: ignore[misc]
        gate.leave()
        # This thread has just left the gate, so it waits behind all others.
        call(10)
        for thread in threads:
            thread.join()
        assert served == list(range(11))
        assert gate.free == 1

    def test_as_many_as_there_are_places(self) -> None:
        gate = Gate(3, None)
        inside: list[int] = []
        most: list[int] = []

        def call(number: int) -> None:
            gate.enter()
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)
            gate.leave()

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(call, range(2000)))
        assert max(most) <= 3
        assert (gate.free, len(gate.turns)) == (3, 0)

    def test_a_limit(self) -> None:
        gate = Gate(1, 0.001)
        gate.enter()
        with pytest.raises(Crowded):
            gate.enter()
        gate.leave()
        assert (gate.free, len(gate.turns)) == (1, 0)

    def test_a_turn_that_comes_as_the_limit_ends_is_taken(self) -> None:
        gate = Gate(1, 0.001)
        gate.enter()
        withdraw = gate._withdraw

        def late(turn: object) -> bool:
            gate.leave()
            return withdraw(turn)  # type: ignore[arg-type]

        gate._withdraw = late  # type: ignore[method-assign]
        gate.enter()
        assert gate.free == 0
        gate.leave()
        assert gate.free == 1

    def test_an_interrupted_wait_leaves_nothing_behind(self) -> None:
        gate = Gate(1, None)
        gate.enter()
        main = threading.get_ident()

        def interrupt() -> None:
            wait(lambda: len(gate.turns) == 1)
            signal.pthread_kill(main, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            gate.enter()
        thread.join()
        gate.leave()
        assert (gate.free, len(gate.turns)) == (1, 0)

    def test_an_interrupt_as_the_turn_comes_hands_it_on(self) -> None:
        gate = Gate(1, None)
        gate.enter()
        is_open_to = gate._is_open_to

        def interrupted(turn: object) -> bool:
            is_open_to(turn)  # type: ignore[arg-type]
            if turn:
                gate.leave()
                raise KeyboardInterrupt
            return False

        gate._is_open_to = interrupted  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            gate.enter()
        assert (gate.free, len(gate.turns)) == (1, 0)

    def test_a_forked_process_has_all_places(self) -> None:
        subprocess.run([sys.executable, "-c", FORKED], check=True)


class TestTasks:
    def test_first_come_first_served(self) -> None:
        served: list[int] = []

        async def call(gate: AsyncGate, number: int) -> None:
            async with gate:
                served.append(number)

        async def main() -> None:
            gate = AsyncGate(1, None)
            async with gate:
                tasks = [asyncio.create_task(call(gate, n)) for n in range(10)]
                await asyncio.sleep(0)
            await call(gate, 10)
            await asyncio.gather(*tasks)

        asyncio.run(main())
        assert served == list(range(11))

    def test_cancelled_tasks_leave_nothing_behind(self) -> None:
        async def call(gate: AsyncGate) -> None:
            async with gate:
                pass

        async def main() -> None:
            gate = AsyncGate(1, None)
            async with gate:
                tasks = [asyncio.create_task(call(gate)) for _ in range(10)]
                await asyncio.sleep(0)
                for task in tasks[::2]:
                    task.cancel()
            # This waiter has its turn already.
            tasks[1].cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert [type(each) for each in done[2::2]] == [asyncio.CancelledError] * 4
            assert done[3::2] == [None] * 4
            assert not gate.semaphore.locked()
            await call(gate)

        asyncio.run(main())

    def test_a_limit(self) -> None:
        async def main() -> None:
            gate = AsyncGate(1, 0.001)
            async with gate:
                with pytest.raises(Crowded):
                    async with gate:
                        pass
            assert not gate.semaphore.locked()

        asyncio.run(main())


class CallTests(RedisCase):
    """These tests have a server of their own, so that all calls meet at one gate."""

    @contextmanager
    def few_connections(self, places: int, **options: float | None) -> Iterator[str]:
        with (
            own_server() as url,
            at(url, max_connections=places, timeout=60, **options),
        ):
            yield url

    def line(self, url: str) -> Line:
        return self.store.connections.lines[Address(url)]

    async def line_of_loop(self, url: str) -> Courier:
        return (await self.store.connections.lines_of_loop())[Address(url)]

    def test_threads_get_the_same_number_of_calls(self) -> None:
        done: Counter[int] = Counter()
        first: list[Counter[int]] = []
        ready = threading.Barrier(CALLERS)

        def call(number: int) -> None:
            ready.wait()
            for _ in range(CALLS):
                get_followers_count(self.club)
                done[number] += 1
            first.append(done.copy())

        with (
            self.few_connections(2, queue_timeout=None) as url,
            ThreadPoolExecutor(CALLERS) as pool,
        ):
            list(pool.map(call, range(CALLERS)))
            self.assertEqual(self.line(url).gate.free, 2)
        self.assertEqual(set(done.values()), {CALLS})
        # The last caller had made its first call before the first caller made its last.
        # The machine's thread scheduler decides how many more calls each had made.
        self.assertGreaterEqual(min(first[0][each] for each in range(CALLERS)), 1)

    def test_tasks_get_the_same_number_of_calls(self) -> None:
        done: Counter[int] = Counter()
        first: list[Counter[int]] = []

        async def call(number: int) -> None:
            for _ in range(CALLS):
                await aget_followers_count(self.club)
                done[number] += 1
            first.append(done.copy())

        async def main() -> None:
            await asyncio.gather(*map(call, range(CALLERS)))

        with self.few_connections(2, queue_timeout=None):
            asyncio.run(main())
        self.assertEqual(set(done.values()), {CALLS})
        self.assertGreaterEqual(
            min(first[0][each] for each in range(CALLERS)), CALLS - 3
        )

    def test_a_call_that_waits_too_long(self) -> None:
        told = (
            r"'default': a call waited 0\.01 seconds, and all 1 connections to "
            r"127\.0\.0\.1:\d+ stayed in use.*'max_connections'.*'queue_timeout'"
        )
        with self.few_connections(1, queue_timeout=0.01) as url:
            gate = self.line(url).gate
            self.assertEqual(get_followers_count(self.club), 0)
            gate.enter()
            with self.assertRaisesRegex(BackendUnavailable, told) as caught:
                get_followers_count(self.club)
            self.assertNotIn("cannot be reached", str(caught.exception))
            self.assertIsInstance(caught.exception.__cause__, driver.ConnectionError)
            gate.leave()
            self.assertEqual(get_followers_count(self.club), 0)

    def test_a_task_that_waits_too_long(self) -> None:
        async def main(url: str) -> None:
            async with (await self.line_of_loop(url)).gate:
                with self.assertRaisesRegex(BackendUnavailable, "waited 0.01 seconds"):
                    await aget_followers_count(self.club)
            self.assertEqual(await aget_followers_count(self.club), 0)

        with self.few_connections(1, queue_timeout=0.01) as url:
            asyncio.run(main(url))

    def test_cancelled_calls_leave_nothing_behind(self) -> None:
        """Both waiting calls and the call that was sent are cancelled."""

        async def main(url: str) -> None:
            gate = (await self.line_of_loop(url)).gate
            for _ in range(20):
                tasks = [
                    asyncio.create_task(aget_followers_count(self.club))
                    for _ in range(5)
                ]
                await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self.assertFalse(gate.semaphore.locked())
                self.assertEqual(await aget_followers_count(self.club), 0)

        with self.few_connections(1, queue_timeout=None) as url:
            asyncio.run(main(url))
