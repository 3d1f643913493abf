"""The commands for servers, and the steps that a plan yields to have them sent.

Nothing here waits for a server. A plan yields each exchange with servers, and is sent
the replies: so the same code serves threads and asyncio (see connections.py).
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sequere.backends.redis.addresses import Address
from sequere.backends.redis.scripts import Script

T = TypeVar("T")
SEQUENCES = list, tuple
encode = json.JSONEncoder(ensure_ascii=False).encode
Arguments: TypeAlias = tuple[Any, ...]


class Command(NamedTuple):
    """A command on keys of one bucket."""

    bucket: str
    arguments: Arguments


class Parcel(NamedTuple):
    """Commands for one server, in one round trip."""

    address: Address
    commands: list[Arguments]


class Exchange(NamedTuple):
    """Parcels that are sent at the same time, after a pause in seconds.

    The answer is a list of replies for each parcel; errors are among the replies.
    """

    parcels: list[Parcel]
    pause: float = 0.0


Plan: TypeAlias = Generator[Exchange, list[list[Any]], T]


def call(
    script: Script, bucket: str, keys: Sequence[str], arguments: Iterable[Any]
) -> Command:
    """Return the command that calls a script. Arguments are texts, numbers, which the
    script gets as texts, and sequences of texts.
    """
    told = [each if isinstance(each, SEQUENCES) else str(each) for each in arguments]
    return Command(bucket, ("EVALSHA", script.sha, len(keys), *keys, encode(told)))
