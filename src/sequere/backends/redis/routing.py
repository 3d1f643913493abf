"""Which server gets which command, and what to do when it is the wrong one.

Nothing here waits for a server. A plan yields what is to be exchanged with servers, and
is sent the replies: so one code serves threads and asyncio (see connections.py).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit, urlunsplit

from redis import exceptions as driver
from redis.crc import key_slot

from sequere.backends.redis.errors import raise_for
from sequere.backends.redis.scripts import Script, by_sha
from sequere.exceptions import BackendError

T = TypeVar("T")
Arguments: TypeAlias = tuple[Any, ...]

PAUSES = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6]
SLOTS = 16384

# Errors after which the same command, or another form of it, can succeed.
PASSING = (
    driver.NoScriptError,
    driver.AskError,
    driver.TryAgainError,
    driver.ClusterDownError,
)


class Command(NamedTuple):
    """A command about keys of one bucket."""

    bucket: str
    arguments: Arguments


class Parcel(NamedTuple):
    """Commands for one server, in one round trip."""

    address: str
    commands: list[Arguments]


class Exchange(NamedTuple):
    """What to send next, at the same time, after a pause in seconds.

    It is answered by a list of replies for each parcel; errors are among the replies.
    """

    parcels: list[Parcel]
    pause: float = 0.0


Plan: TypeAlias = Generator[Exchange, list[list[Any]], T]


def call(
    script: Script, bucket: str, keys: Sequence[str], arguments: Iterable[Any]
) -> Command:
    return Command(bucket, ("EVALSHA", script.sha, len(keys), *keys, *arguments))


@cache
def slot_of(bucket: str) -> int:
    return int(key_slot(bucket.encode()))


class Server:
    """One server; those behind the first address are replicas, for reading."""

    def __init__(self, seeds: Sequence[str]) -> None:
        self.seeds = seeds
        self.turn = 0

    def locate(self) -> Plan[None]:
        return
        yield

    def address_of(self, bucket: str, *, write: bool) -> str:
        if write or len(self.seeds) == 1:
            return self.seeds[0]
        self.turn += 1
        return self.seeds[1:][self.turn % (len(self.seeds) - 1)]

    def together(self, bucket: str) -> str:
        """The same for buckets that one script may work on."""
        return ""

    def primaries(self) -> list[str]:
        return [self.seeds[0]]

    def moved(self, bucket: str, error: driver.MovedError) -> None:
        pass

    def doubt(self) -> None:
        pass

    def address(self, host: str, port: int) -> str:
        return at(self.seeds[0], host, port)


@dataclass(slots=True)
class Cluster:
    """Where the slots of a cluster are, as far as is known.

    Threads share it: each change is one assignment.
    """

    seeds: Sequence[str]
    slots: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)

    def locate(self) -> Plan[None]:
        """Ask for the slots where they are not known."""
        if self.slots:
            return
        error: Any = None
        for address in dict.fromkeys([*self.known, *self.seeds]):
            [[reply]] = yield Exchange([Parcel(address, [("CLUSTER", "SLOTS")])])
            if isinstance(reply, list):
                self.slots = self._read(reply, address)
                self.known = list(dict.fromkeys(filter(None, self.slots)))
                return
            error = reply
        raise error

    def _read(self, reply: list[Any], asked: str) -> list[str]:
        slots = [""] * SLOTS
        for first, last, (host, port, *_), *_ in reply:
            # No host: the one that was asked, under the name it was asked by.
            address = self.address(host or urlsplit(asked).hostname or "", port)
            slots[first : last + 1] = [address] * (last + 1 - first)
        return slots

    def address_of(self, bucket: str, *, write: bool) -> str:
        slot = slot_of(bucket)
        # Another thread may have begun to doubt them.
        slots = self.slots
        return slots[slot] if slots and slots[slot] else self.known[0]

    def together(self, bucket: str) -> str:
        return bucket

    def primaries(self) -> list[str]:
        return sorted(set(filter(None, self.slots)))

    def moved(self, bucket: str, error: driver.MovedError) -> None:
        if slots := list(self.slots):
            slots[slot_of(bucket)] = self.address(error.host, error.port)
            self.slots = slots

    def doubt(self) -> None:
        self.slots = []

    def address(self, host: str, port: int) -> str:
        return at(self.seeds[0], host, port)


def at(url: str, host: str, port: int) -> str:
    """`url` with another host and port."""
    parts = urlsplit(url)
    account, at_sign, _ = parts.netloc.rpartition("@")
    name = f"[{host}]" if ":" in host else host
    return urlunsplit(parts._replace(netloc=f"{account}{at_sign}{name}:{port}"))


def public(address: str) -> str:
    """Host and port without the account, to be shown."""
    parts = urlsplit(address)
    return parts.netloc.rpartition("@")[2] or parts.path


class Waiting(NamedTuple):
    """A command that has no reply yet."""

    place: int
    arguments: Arguments
    # Where a server said to ask, of a slot that is on its way there.
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class Router:
    """Sends commands to their servers until each has been answered."""

    alias: str
    topology: Server | Cluster
    wait_replicas: int = 0
    wait_milliseconds: int = 1000
    # Replicas lag behind: they are not asked where a write depends on the answer.
    primaries_only: bool = False

    def deliver(self, commands: Sequence[Command], *, write: bool = False) -> Plan[Any]:
        """The replies to `commands`. Round trips: one for each server concerned."""
        if not commands:
            return []
        yield from self._locate()
        if len(commands) == 1 and not (write and self.wait_replicas):
            # Most calls are this, and need none of the care below.
            [command] = commands
            address = self._address_of(command.bucket, write)
            [[reply]] = yield Exchange([Parcel(address, [command.arguments])])
            if not isinstance(reply, Exception):
                return [reply]
            self._check(address, reply)
            waiting = [self._again(Waiting(0, command.arguments), command, reply)]
        else:
            waiting = [Waiting(i, each.arguments) for i, each in enumerate(commands)]
        replies: list[Any] = [None] * len(commands)
        for pause in PAUSES:
            yield from self._locate()
            buckets = [commands[each.place].bucket for each in waiting]
            parcels = self._parcels(waiting, buckets, write)
            exchanged = yield Exchange(
                [parcel for parcel, _ in parcels.values()], pause
            )
            self._read(parcels, exchanged, replies)
            if write and self.wait_replicas:
                self._check_replicas(parcels, exchanged)
            waiting = [
                self._again(each, commands[each.place], replies[each.place])
                for each in waiting
                if isinstance(replies[each.place], Exception)
            ]
            if not waiting:
                return replies
        index = waiting[0].place
        address = self._address_of(commands[index].bucket, write)
        raise_for(self.alias, public(address), replies[index])

    def _address_of(self, bucket: str, write: bool) -> str:
        primary = write or self.primaries_only
        return self.topology.address_of(bucket, write=primary)

    def _parcels(
        self, waiting: list[Waiting], buckets: list[str], write: bool
    ) -> dict[str, tuple[Parcel, list[int]]]:
        """By address: what to send, and for each command the index of its reply."""
        parcels: dict[str, tuple[Parcel, list[int]]] = {}
        for each, bucket in zip(waiting, buckets, strict=True):
            address = each.ask or self._address_of(bucket, write)
            if address not in parcels:
                parcels[address] = Parcel(address, []), []
            parcel, indexes = parcels[address]
            if each.ask:
                parcel.commands.append(("ASKING",))
                indexes.append(-1)
            parcel.commands.append(each.arguments)
            indexes.append(each.place)
        if write and self.wait_replicas:
            for parcel, indexes in parcels.values():
                wait = ("WAIT", self.wait_replicas, self.wait_milliseconds)
                parcel.commands.append(wait)
                indexes.append(-1)
        return parcels

    def _read(
        self,
        parcels: dict[str, tuple[Parcel, list[int]]],
        exchanged: list[list[Any]],
        replies: list[Any],
    ) -> None:
        for (parcel, indexes), answers in zip(parcels.values(), exchanged, strict=True):
            for index, answer in zip(indexes, answers, strict=True):
                if index >= 0:
                    replies[index] = answer
                if isinstance(answer, Exception):
                    self._check(parcel.address, answer)

    def _check(self, address: str, error: Exception) -> None:
        """Raise what cannot be helped by asking again."""
        if isinstance(error, driver.MovedError) and isinstance(self.topology, Server):
            raise BackendError(
                f"Backend {self.alias!r}: {public(address)} belongs to a cluster; "
                "set the option 'cluster'."
            ) from error
        if not isinstance(error, PASSING):
            # The server may have been replaced by another.
            self.topology.doubt()
            raise_for(self.alias, public(address), error)

    def _again(self, each: Waiting, command: Command, error: Exception) -> Waiting:
        match error:
            case driver.NoScriptError():
                _, sha, *rest = each.arguments
                return each._replace(arguments=("EVAL", by_sha[sha].source, *rest))
            case driver.MovedError():
                self.topology.moved(command.bucket, error)
                return each._replace(ask=None)
            case driver.AskError():
                return each._replace(ask=self.topology.address(error.host, error.port))
            case driver.ClusterDownError():
                self.topology.doubt()
        return each._replace(ask=None)

    def _check_replicas(
        self,
        parcels: dict[str, tuple[Parcel, list[int]]],
        exchanged: list[list[Any]],
    ) -> None:
        for (parcel, _), answers in zip(parcels.values(), exchanged, strict=True):
            if answers[-1] < self.wait_replicas:
                raise BackendError(
                    f"Backend {self.alias!r}: {public(parcel.address)} has written, "
                    f"but only {answers[-1]} of {self.wait_replicas} replicas have "
                    f"said so within {self.wait_milliseconds} ms."
                )

    def servers(self) -> Plan[list[str]]:
        """The addresses of all servers that are written to."""
        yield from self._locate()
        return self.topology.primaries()

    def ask(self, parcels: list[Parcel]) -> Plan[list[list[Any]]]:
        """The replies of the servers of `parcels`, wherever the keys are."""
        exchanged = yield Exchange(parcels)
        for parcel, answers in zip(parcels, exchanged, strict=True):
            for answer in answers:
                if isinstance(answer, Exception):
                    self.topology.doubt()
                    raise_for(self.alias, public(parcel.address), answer)
        return exchanged

    def _locate(self) -> Plan[None]:
        try:
            yield from self.topology.locate()
        except driver.RedisError as exc:
            addresses = self.topology.seeds
            raise_for(self.alias, ", ".join(map(public, addresses)), exc)
