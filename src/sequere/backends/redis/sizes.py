from __future__ import annotations

from sequere.backends.redis.keys import Keys
from sequere.backends.redis.protocol import Exchange, Parcel, Plan
from sequere.backends.redis.routing import Router
from sequere.backends.redis.scans import BEGINNING, Place, keys_at

BATCH_SIZE = 1000


def size_of(router: Router, keys: Keys) -> Plan[int | None]:
    """Return the bytes of all keys, with the server's overhead for each key, or None if
    the server does not tell. Two round trips for each 1,000 keys.
    """
    total = 0
    place: Place | None = BEGINNING
    while place:
        found = yield from keys_at(router, keys.pattern, place, BATCH_SIZE)
        if found.keys:
            asked = [("MEMORY", "USAGE", key) for key in found.keys]
            [sizes] = yield Exchange([Parcel(found.address, asked)])
            # Some accounts may not run the command, and keys may move to other servers.
            if any(isinstance(size, Exception) for size in sizes):
                return None
            # A key may be gone by now.
            total += sum(size or 0 for size in sizes)
        place = found.after
    return total
