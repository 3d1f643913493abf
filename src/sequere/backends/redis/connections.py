"""Connections to servers: for threads, and for asyncio. All of a process share them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from operator import itemgetter
from threading import Lock
from typing import Any

from redis import exceptions as driver

from sequere.backends.redis.routing import Arguments, Exchange, Parcel

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


def exchange(step: Exchange, clients: Clients) -> list[list[Any]]:
    """The replies to each parcel, of all servers at once, in this thread."""
    if step.pause:
        time.sleep(step.pause)
    return talk_to_all(clients, step.parcels)


async def aexchange(step: Exchange, clients: Clients) -> list[list[Any]]:
    """See exchange()."""
    if step.pause:
        await asyncio.sleep(step.pause)
    if len(step.parcels) == 1:
        [(address, commands)] = step.parcels
        return [await atalk(clients[address], commands)]
    return await asyncio.gather(
        *(atalk(clients[address], commands) for address, commands in step.parcels)
    )


def talk_to_all(clients: Clients, parcels: list[Parcel]) -> list[list[Any]]:
    """The replies to each parcel. All are sent before the first is read."""
    if len(parcels) == 1:
        [(address, commands)] = parcels
        return [talk(clients[address], commands)]
    with ExitStack() as stack:
        conversations = {
            address: stack.enter_context(Conversation(clients[address], commands))
            # In one order, so that no two threads wait for each other's connections.
            for address, commands in sorted(parcels, key=itemgetter(0))
        }
        replies = {address: each.read() for address, each in conversations.items()}
    return [replies[address] for address, _ in parcels]


class Conversation:
    """Commands that were sent to a server, and whose replies are to be read."""

    def __init__(self, client: Client, commands: list[Arguments]) -> None:
        self.client = client
        self.commands = commands
        self.connection: Any = None
        self.failure: driver.RedisError | None = None
        self.is_read = False

    def __enter__(self) -> Conversation:
        try:
            self.connection = self.client.connection_pool.get_connection()
            packed = self.connection.pack_commands(self.commands)
            self.connection.send_packed_command(packed)
        except driver.RedisError as exc:
            self.failure = exc
        except BaseException:
            # Then nobody leaves this context.
            self.__exit__()
            raise
        return self

    def read(self) -> list[Any]:
        replies: list[Any] = []
        while not self.failure and len(replies) < len(self.commands):
            name = self.commands[len(replies)][0]
            try:
                replies.append(self.client.parse_response(self.connection, name))
            except driver.ResponseError as exc:
                replies.append(exc)
            except driver.RedisError as exc:
                self.failure = exc
        if self.failure:
            return [self.failure] * len(self.commands)
        self.is_read = True
        return replies

    def __exit__(self, *exc_info: object) -> None:
        if self.connection is None:
            return
        # What was not read would be taken for the reply to somebody else's command.
        if not self.is_read:
            self.connection.disconnect()
        self.client.connection_pool.release(self.connection)


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
