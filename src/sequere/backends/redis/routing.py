"""Send commands to their servers, and resend them after a wrong server answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from redis import exceptions as driver

from sequere.backends.redis.addresses import Address, public
from sequere.backends.redis.errors import Crowded, raise_for
from sequere.backends.redis.protocol import Arguments, Command, Exchange, Parcel, Plan
from sequere.backends.redis.scripts import by_sha
from sequere.backends.redis.topology import Cluster, Server
from sequere.exceptions import BackendError

PAUSES = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6]

# Errors after which the same command, or another form of it, can succeed.
PASSING = (
    driver.NoScriptError,
    driver.AskError,
    driver.TryAgainError,
    driver.ClusterDownError,
)


class Waiting(NamedTuple):
    """A command that has no reply yet."""

    place: int
    arguments: Arguments
    # The server that an ASK redirection names, while the slot moves to that server.
    ask: Address | None = None


@dataclass(frozen=True, slots=True)
class Router:
    """Sends commands to their servers until each has been answered."""

    alias: str
    topology: Server | Cluster
    wait_replicas: int = 0
    wait_milliseconds: int = 1000
    # Replicas lag behind: a read that a write depends on must not ask them.
    primaries_only: bool = False

    def deliver(self, commands: Sequence[Command], *, write: bool = False) -> Plan[Any]:
        """Return the replies to `commands`. One round trip per server concerned."""
        if not commands:
            return []
        yield from self._locate()
        if len(commands) == 1 and not (write and self.wait_replicas):
            # Most calls are a single command, and need none of the care below.
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

    def _address_of(self, bucket: str, write: bool) -> Address:
        primary = write or self.primaries_only
        return self.topology.address_of(bucket, write=primary)

    def _parcels(
        self, waiting: list[Waiting], buckets: list[str], write: bool
    ) -> dict[Address, tuple[Parcel, list[int]]]:
        """Return by address the parcel, and the index of each command's reply."""
        parcels: dict[Address, tuple[Parcel, list[int]]] = {}
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
        parcels: dict[Address, tuple[Parcel, list[int]]],
        exchanged: list[list[Any]],
        replies: list[Any],
    ) -> None:
        for (parcel, indexes), answers in zip(parcels.values(), exchanged, strict=True):
            for index, answer in zip(indexes, answers, strict=True):
                if index >= 0:
                    replies[index] = answer
                if isinstance(answer, Exception):
                    self._check(parcel.address, answer)

    def _check(self, address: Address, error: Exception) -> None:
        """Raise `error` if another attempt cannot succeed."""
        if isinstance(error, driver.MovedError) and isinstance(self.topology, Server):
            raise BackendError(
                f"Backend {self.alias!r}: {public(address)} belongs to a cluster; "
                "set the option 'cluster'."
            ) from error
        if not isinstance(error, PASSING):
            self._fail(address, error)

    def _fail(self, address: Address, error: Exception) -> NoReturn:
        if not isinstance(error, Crowded):
            # Another server may have replaced this one.
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
        parcels: dict[Address, tuple[Parcel, list[int]]],
        exchanged: list[list[Any]],
    ) -> None:
        for (parcel, _), answers in zip(parcels.values(), exchanged, strict=True):
            if answers[-1] < self.wait_replicas:
                raise BackendError(
                    f"Backend {self.alias!r}: {public(parcel.address)} has written, "
                    f"but only {answers[-1]} of {self.wait_replicas} replicas "
                    f"confirmed it within {self.wait_milliseconds} ms. Make the call "
                    "again."
                )

    def servers(self, *, afresh: bool = False) -> Plan[list[Address]]:
        """Return the addresses of all primaries: the known ones, or `afresh`."""
        if afresh:
            self.topology.doubt()
        yield from self._locate()
        return self.topology.primaries()

    def ask(self, parcels: list[Parcel]) -> Plan[list[list[Any]]]:
        """Return the replies of the servers of `parcels`, wherever the keys are."""
        exchanged = yield Exchange(parcels)
        for parcel, answers in zip(parcels, exchanged, strict=True):
            for answer in answers:
                if isinstance(answer, Exception):
                    self._fail(parcel.address, answer)
        return exchanged

    def _locate(self) -> Plan[None]:
        try:
            yield from self.topology.locate()
        except driver.RedisError as exc:
            addresses = self.topology.seeds
            raise_for(self.alias, ", ".join(map(public, addresses)), exc)
