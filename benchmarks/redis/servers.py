"""The backend that is measured, and its servers, asked without it."""

from __future__ import annotations

from typing import Any

from redis import Redis

from sequere.backends.redis import RedisBackend
from sequere.backends.redis.protocol import Arguments, Parcel, Plan
from sequere.handler import get_backend


def backend() -> RedisBackend:
    found = get_backend()
    assert isinstance(found, RedisBackend)
    return found


def is_cluster() -> bool:
    return len(primaries()) > 1


def primaries() -> list[str]:
    return list(backend()._run(backend().router.servers()))


def client(address: str) -> Any:
    return Redis.from_url(address, protocol=2, decode_responses=True)


def first_command(plan: Plan[Any]) -> Arguments:
    """What a call sends first: to send it without the call."""
    [parcel] = next(plan).parcels
    return parcel.commands[0]


def used_memory() -> int:
    return sum(client(each).info("memory")["used_memory"] for each in primaries())


def configure(setting: str, value: int) -> None:
    for address in primaries():
        client(address).config_set(setting, value)


def send(parcels: list[Parcel]) -> None:
    for address, commands in parcels:
        with client(address).pipeline(transaction=False) as pipeline:
            for arguments in commands:
                pipeline.execute_command(*arguments)
            pipeline.execute()
