"""Check that the server keeps the data that it is given."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage

from sequere.backends.redis.addresses import public
from sequere.backends.redis.protocol import Exchange, Parcel, Plan
from sequere.backends.redis.routing import Router
from sequere.conf import DOCUMENTATION
from sequere.types import Problem

OLDEST = 7
# Other policies keep keys without a time to live, and these keys have none.
EVICTING = "allkeys-"
EVICTED = (
    "has deleted {evicted_keys} keys, because its memory is full and its "
    "maxmemory-policy is {maxmemory_policy}. Set the policy to noeviction, repair, and "
    "store the lost edges again"
)


def check_servers(router: Router) -> Plan[list[CheckMessage]]:
    """Check each primary: one round trip to each."""
    addresses = yield from router.servers()
    replies = yield from router.ask(
        [Parcel(address, [("INFO",)]) for address in addresses]
    )
    return [
        message
        for address, [info] in zip(addresses, replies, strict=True)
        for message in check_info(f"Backend {router.alias!r}: {public(address)}", info)
    ]


def check_info(server: str, info: dict[str, Any]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    version = str(info["redis_version"])
    if int(version.partition(".")[0]) < OLDEST:
        found.append(
            checks.Error(
                f"{server} is Redis {version}.",
                hint=f"Run Redis {OLDEST} or newer, or Valkey.",
                id="sequere.E006",
            )
        )
    if info["maxmemory_policy"].startswith(EVICTING):
        # Without a limit, the memory is never full.
        is_limited = bool(info["maxmemory"])
        found.append(
            (checks.Error if is_limited else checks.Warning)(
                f"{server} deletes any key when its memory is full, because its "
                f"maxmemory-policy is {info['maxmemory_policy']}.",
                hint="Follows would be lost. Set maxmemory-policy to noeviction: "
                f"{DOCUMENTATION}/howto-redis.html#memory",
                id="sequere.E015" if is_limited else "sequere.W005",
            )
        )
    return found


def evictions(router: Router) -> Plan[list[Problem]]:
    """Report the servers that have deleted keys and go on with it. One round trip."""
    addresses = yield from router.servers()
    info = "INFO", "stats", "memory"
    replies = yield Exchange([Parcel(address, [info]) for address in addresses])
    return [
        Problem(public(address), EVICTED.format(**found), by_hand=True)
        for address, [found] in zip(addresses, replies, strict=True)
        # Some accounts may not run INFO.
        if not isinstance(found, Exception)
        and found["maxmemory_policy"].startswith(EVICTING)
        and found["evicted_keys"]
    ]


def unavailable(error: Exception) -> CheckMessage:
    # It is a warning: `migrate` runs this check, too, where no server may be needed.
    return checks.Warning(str(error), id="sequere.W007")
