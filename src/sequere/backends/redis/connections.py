"""Connections to servers: for threads, and for asyncio. All of a process share them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from redis import exceptions as driver

from sequere.backends.redis.routing import Arguments, Plan

T = TypeVar("T")
Client = Any


@dataclass(slots=True)
class Clients:
    """A client for each address; each has a pool of connections."""

    connect: Callable[[str], Client]
    by_address: dict[str, Client] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __getitem__(self, address: str) -> Client:
        client = self.by_address.get(address)
        if client is None:
            with self.lock:
                client = self.by_address.setdefault(address, self.connect(address))
        return client

    async def aclose(self) -> None:
        for client in self.by_address.values():
            await client.connection_pool.aclose()


def run(plan: Plan[T], clients: Clients) -> T:
    """Carry `plan` out in this thread."""
    try:
        exchange = next(plan)
        while True:
            if exchange.pause:
                time.sleep(exchange.pause)
            replies = [
                talk(clients[address], commands)
                for address, commands in exchange.parcels
            ]
            exchange = plan.send(replies)
    except StopIteration as done:
        result: T = done.value
        return result


async def arun(plan: Plan[T], clients: Clients) -> T:
    """Carry `plan` out in this event loop: all servers at once."""
    try:
        exchange = next(plan)
        while True:
            if exchange.pause:
                await asyncio.sleep(exchange.pause)
            if len(exchange.parcels) == 1:
                [(address, commands)] = exchange.parcels
                replies = [await atalk(clients[address], commands)]
            else:
                replies = await asyncio.gather(
                    *(
                        atalk(clients[address], commands)
                        for address, commands in exchange.parcels
                    )
                )
            exchange = plan.send(replies)
    except StopIteration as done:
        result: T = done.value
        return result


def talk(client: Client, commands: list[Arguments]) -> list[Any]:
    """The replies to `commands`, errors among them. One round trip."""
    try:
        if len(commands) == 1:
            return [client.execute_command(*commands[0])]
        with client.pipeline(transaction=False) as pipeline:
            for arguments in commands:
                pipeline.execute_command(*arguments)
            replies: list[Any] = pipeline.execute(raise_on_error=False)
            return replies
    except driver.RedisError as exc:
        return [exc] * len(commands)


async def atalk(client: Client, commands: list[Arguments]) -> list[Any]:
    try:
        if len(commands) == 1:
            return [await client.execute_command(*commands[0])]
        async with client.pipeline(transaction=False) as pipeline:
            for arguments in commands:
                pipeline.execute_command(*arguments)
            replies: list[Any] = await pipeline.execute(raise_on_error=False)
            return replies
    except driver.RedisError as exc:
        return [exc] * len(commands)
