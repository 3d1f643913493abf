"""The places of a mirror, and the scripts that run at them.

A script works on one *place*: the server, or a bucket of the cluster. Each place has a
mark, and refuses what is not of its generation. Each place has tickets, too. A slot has
two sides, and so it has a cell at one place, or at two.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from sequere.backends.redis import RedisBackend
from sequere.backends.redis.keys import ALL, bucket_of
from sequere.backends.redis.protocol import Command, call
from sequere.backends.redis.routing import Router
from sequere.backends.redis.scripts import Script
from sequere.backends.redis.topology import Cluster, Server
from sequere.types import Ref
from sequere.verifying.digests import crc, text_of
from sequere.verifying.exact import Slot

T = TypeVar("T")

#: The cells of a place. Two settlers of one cell disturb each other.
CELLS_OF_SERVER, CELLS_OF_BUCKET = 4096, 64


class Keys(NamedTuple):
    """The keys of a place."""

    mark: str
    tickets: str
    lease: str
    #: The key never exists: see versions.lua.
    absent: str


class Places:
    def __init__(self, backend: RedisBackend) -> None:
        self.backend = backend

    @property
    def prefix(self) -> str:
        return self.backend.keyspaces.current().prefix

    @property
    def topology(self) -> Server | Cluster:
        return self.backend.connections.topology

    @property
    def router(self) -> Router:
        return self.backend.writes.router

    @property
    def places(self) -> list[str]:
        return list(dict.fromkeys(map(self.topology.together, ALL)))

    def place_of(self, ref: Ref) -> str:
        return self.topology.together(bucket_of(ref))

    def cell_of(self, slot: Slot) -> int:
        is_cluster = isinstance(self.topology, Cluster)
        cells = CELLS_OF_BUCKET if is_cluster else CELLS_OF_SERVER
        return crc(text_of(slot)) % cells

    def keys(self, place: str) -> Keys:
        root = f"{self.prefix}:mirror"
        if place:
            root += f":{{{place}}}"
        return Keys(root, *(f"{root}:{name}" for name in Keys._fields[1:]))

    # Commands

    def call_all(self, script: Script, arguments: list[Any]) -> list[Any]:
        """Call a script at every place, with the mark of the place."""
        marks = [(place, [self.keys(place).mark], arguments) for place in self.places]
        return self.call_each(script, marks)

    def call_each(
        self, script: Script, calls: Iterable[tuple[str, Sequence[str], list[Any]]]
    ) -> list[Any]:
        """Call a script with a place, keys and arguments each time."""
        return self.deliver([call(script, *each) for each in calls])

    def deliver(self, commands: Sequence[Command]) -> list[Any]:
        return list(self.run(self.router.deliver(commands, write=True)))

    def run(self, plan: Generator[Any, Any, T]) -> T:
        return self.backend._run(plan)
