"""Exchange with servers: for threads, and for asyncio. A process shares the lines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from operator import itemgetter
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from redis import exceptions as driver

from sequere.backends.redis.addresses import Address
from sequere.backends.redis.couriers import Client, Courier
from sequere.backends.redis.gates import Gate
from sequere.backends.redis.protocol import Arguments, Exchange, Parcel


class Line(NamedTuple):
    """A client of one server for threads, and the gate before its connections."""

    client: Client
    gate: Gate


L = TypeVar("L", Line, Courier)


@dataclass(slots=True)
class Lines(Generic[L]):
    """A line or a courier to each address."""

    connect: Callable[[Address], L]
    # The driver's own repr() may contain passwords.
    by_address: dict[Address, L] = field(default_factory=dict, repr=False)
    lock: Lock = field(default_factory=Lock)

    def __getitem__(self, address: Address) -> L:
        line = self.by_address.get(address)
        if line is None:
            with self.lock:
                line = self.by_address.setdefault(address, self.connect(address))
        return line


def exchange(lines: Lines[Line], step: Exchange) -> list[list[Any]]:
    """Return the replies to each parcel. All parcels are sent before the first read."""
    if step.pause:
        time.sleep(step.pause)
    return talk_to_all(lines, step.parcels)


def talk_to_all(lines: Lines[Line], parcels: list[Parcel]) -> list[list[Any]]:
    if len(parcels) == 1:
        [(address, commands)] = parcels
        with Conversation(lines[address], commands) as conversation:
            return [conversation.read()]
    with ExitStack() as stack:
        conversations = {
            address: stack.enter_context(Conversation(lines[address], commands))
            # The sorted order keeps two threads from waiting for each other's
            # connections.
            for address, commands in sorted(parcels, key=itemgetter(0))
        }
        replies = {address: each.read() for address, each in conversations.items()}
    return [replies[address] for address, _ in parcels]


class Conversation:
    """Commands that were sent to a server, and whose replies are still to be read."""

    def __init__(self, line: Line, commands: list[Arguments]) -> None:
        self.client, self.gate = line
        self.commands = commands
        self.is_inside = False
        self.connection: Any = None
        self.failure: driver.RedisError | None = None
        self.is_read = False

    def __enter__(self) -> Conversation:
        try:
            self.gate.enter()
            self.is_inside = True
            self.connection = self.client.connection_pool.get_connection()
            packed = self.connection.pack_commands(self.commands)
            self.connection.send_packed_command(packed)
        except driver.RedisError as exc:
            self.failure = exc
        except BaseException:
            # If __enter__() raises, nobody else calls __exit__().
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
        try:
            if self.connection is not None:
                # Unread replies would be taken for the replies to another caller's
                # command.
                if not self.is_read:
                    self.connection.disconnect()
                self.client.connection_pool.release(self.connection)
        finally:
            if self.is_inside:
                self.gate.leave()


async def aexchange(couriers: Lines[Courier], step: Exchange) -> list[list[Any]]:
    """Return the replies to each parcel. All parcels are sent at the same time."""
    if step.pause:
        await asyncio.sleep(step.pause)
    if len(step.parcels) == 1:
        [(address, commands)] = step.parcels
        return [await couriers[address].carry(commands)]
    trips = (couriers[address].carry(commands) for address, commands in step.parcels)
    return await asyncio.gather(*trips)
