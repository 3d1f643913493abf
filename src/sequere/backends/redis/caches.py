"""Does one of Django's caches share a database of a server with the follows?

Clearing such a cache empties the whole database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage
from redis import connection

from sequere.backends.redis.pools import Options

# The driver gives this function no types.
parse_url: Any = connection.parse_url

LOCAL = {"localhost", "127.0.0.1", "::1"}
# The schemes of the drivers, and of packages for Valkey.
SCHEME = re.compile(r"(?:redis|valkey)(s?)://")


class Place(NamedTuple):
    """A database of a server, or a cluster, which has one database."""

    server: str
    database: int


def check_caches(alias: str, options: Options) -> list[CheckMessage]:
    ours = {
        place_of(url, options.client_options, cluster=options.cluster)
        for url in options.locations
    }
    return [
        warning(alias, name)
        for name, cache in settings.CACHES.items()
        if ours & set(places_of(cache, cluster=options.cluster)) - {None}
    ]


def places_of(cache: dict[str, Any], *, cluster: bool) -> Iterator[Place | None]:
    """Yield the databases that an entry of CACHES names; None if not a Redis URL."""
    options = cache.get("OPTIONS") or {}
    for url in urls_in(cache.get("LOCATION")):
        yield place_of(url, options, cluster=cluster)


def urls_in(location: Any) -> Iterable[str]:
    if isinstance(location, str):
        return re.split("[;,]", location)
    return filter(lambda url: isinstance(url, str), location or ())


def place_of(url: str, options: dict[str, Any], *, cluster: bool) -> Place | None:
    """Return None if `url` is not the URL of a Redis server."""
    try:
        found = parse_url(SCHEME.sub(r"redis\1://", url.strip()))
        database = 0 if cluster else int(found.get("db", options.get("db")) or 0)
    except ValueError:
        return None
    if path := found.get("path"):
        return Place(path, database)
    host = str(found.get("host", options.get("host", "localhost"))).lower()
    port = found.get("port", options.get("port", 6379))
    return Place(f"{'localhost' if host in LOCAL else host}:{port}", database)


def warning(alias: str, cache: str) -> CheckMessage:
    return checks.Warning(
        f"Backend {alias!r} keeps its follows in the Redis database of the cache "
        f"{cache!r}: cache.clear() would delete all follows.",
        hint="Give one of them another database number, as in redis://host:6379/1. A "
        "cluster has only one database, so the cache needs another server.",
        id="sequere.W009",
    )
