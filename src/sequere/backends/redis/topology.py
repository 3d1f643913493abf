"""Find the server that has a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from redis import exceptions as driver
from redis.crc import key_slot

from sequere.backends.redis.addresses import Address
from sequere.backends.redis.keys import ALL
from sequere.backends.redis.protocol import Exchange, Parcel, Plan

SLOTS = 16384


@cache
def slot_of(bucket: str) -> int:
    return int(key_slot(bucket.encode()))


class Server:
    """One server; the addresses after the first are replicas, for reading."""

    def __init__(self, seeds: Sequence[Address]) -> None:
        self.seeds = seeds
        self.turn = 0

    def locate(self) -> Plan[None]:
        return
        yield

    def address_of(self, bucket: str, *, write: bool) -> Address:
        if write or len(self.seeds) == 1:
            return self.seeds[0]
        self.turn += 1
        return self.seeds[1:][self.turn % (len(self.seeds) - 1)]

    def together(self, bucket: str) -> str:
        """Return the same value for buckets that one script may work on."""
        return ""

    def samples(self) -> dict[Address, str]:
        """Return a bucket on each primary."""
        return {self.seeds[0]: ""}

    def primaries(self) -> list[Address]:
        return [self.seeds[0]]

    def moved(self, bucket: str, error: driver.MovedError) -> None:
        pass

    def doubt(self) -> None:
        pass

    def address(self, host: str, port: int) -> Address:
        return self.seeds[0].at(host, port)


@dataclass(slots=True)
class Cluster:
    """The known places of the slots of a cluster.

    Threads share a Cluster: each change is one assignment.
    """

    seeds: Sequence[Address]
    slots: list[Address] = field(default_factory=list)
    known: list[Address] = field(default_factory=list)
    sampled: tuple[list[Address], dict[Address, str]] = field(
        default_factory=lambda: ([], {})
    )

    def locate(self) -> Plan[None]:
        """Ask for the slots if they are not known."""
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

    def _read(self, reply: list[Any], asked: Address) -> list[Address]:
        slots = [Address()] * SLOTS
        for first, last, (host, port, *_), *_ in reply:
            # An empty host means the server that was asked, by the name that was used.
            address = self.address(host or urlsplit(asked).hostname or "", port)
            slots[first : last + 1] = [address] * (last + 1 - first)
        return slots

    def address_of(self, bucket: str, *, write: bool) -> Address:
        slot = slot_of(bucket)
        # Another thread may have begun to doubt the slots.
        slots = self.slots
        return slots[slot] if slots and slots[slot] else self.known[0]

    def together(self, bucket: str) -> str:
        return bucket

    def samples(self) -> dict[Address, str]:
        slots, found = self.sampled
        if slots is not self.slots:
            slots = self.slots
            found = {slots[slot_of(bucket)]: bucket for bucket in ALL if slots}
            found.pop(Address(), None)
            self.sampled = slots, found
        return found

    def primaries(self) -> list[Address]:
        return sorted(set(filter(None, self.slots)))

    def moved(self, bucket: str, error: driver.MovedError) -> None:
        if slots := list(self.slots):
            slots[slot_of(bucket)] = self.address(error.host, error.port)
            self.slots = slots

    def doubt(self) -> None:
        self.slots = []

    def address(self, host: str, port: int) -> Address:
        return self.seeds[0].at(host, port)
