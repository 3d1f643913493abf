"""A server that can hold back its replies, and calls that wait for these replies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis

from sequere.api import (
    afollow,
    ais_following,
    get_followers_count,
)
from sequere.backends.redis.addresses import Address
from sequere.backends.redis.couriers import Courier
from sequere.backends.redis.scripts import by_sha
from sequere.types import Ref
from tests.backends.redis.cases import RedisCase, at, own_server

Task = asyncio.Task[Any]


class HeldServer(RedisCase):
    """A server for one test, which can hold back the replies to writes."""

    admin: Any

    @contextmanager
    def held(self, *settings: str, **options: Any) -> Iterator[str]:
        with (
            own_server(*settings) as url,
            at(url, **{"timeout": 60, "queue_timeout": 60} | options),
            Redis.from_url(url, decode_responses=True) as self.admin,
        ):
            for script in by_sha.values():
                self.admin.script_load(script.source)
            # The first call deletes the keys of earlier tests.
            self.assertEqual(get_followers_count(self.club), 0)
            yield url

    def run_held(
        self, main: Callable[[], Coroutine[Any, Any, None]], **options: Any
    ) -> None:
        with self.held(**options):
            asyncio.run(main())

    def hold(self) -> None:
        self.admin.client_pause(3_600_000, all=False)

    def let_go(self) -> None:
        self.admin.client_unpause()

    def waiting(self) -> set[str]:
        """Return the ids of the connections that the server keeps waiting."""
        every = self.admin.client_list()
        return {client["id"] for client in every if "b" in client["flags"]}

    def calls_of(self, command: str) -> int:
        stats = self.admin.info("commandstats")
        return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])

    async def courier(self, url: str) -> Courier:
        return (await self.store.connections.lines_of_loop())[Address(url)]

    async def next_waiting(self, *before: str) -> str:
        await until(lambda: bool(self.waiting() - {*before}))
        [found] = self.waiting() - {*before}
        return found

    def fan(self, number: int) -> Ref:
        return Ref("testing.person", f"{number}")

    def follows(self, first: int, last: int) -> list[Task]:
        club = self.club
        return [
            asyncio.create_task(afollow(self.fan(number), club))
            for number in range(first, last)
        ]

    def reads(self, count: int) -> list[Task]:
        """Start `count` reads. The answer of each is False."""
        return [
            asyncio.create_task(ais_following(self.fan(number), self.club))
            for number in range(-count, 0)
        ]


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not ready():
            await asyncio.sleep(0.001)


async def outcomes(tasks: list[Task]) -> list[Any]:
    """Return the results, and the types of errors."""
    done = await asyncio.gather(*tasks, return_exceptions=True)
    return [type(each) if isinstance(each, BaseException) else each for each in done]


async def echo(courier: Courier, text: str) -> str:
    [reply] = await courier.carry([("ECHO", text)])
    return str(reply)
