"""What OPTIONS may say, and the connections that all with the same options share."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.utils.hashable import make_hashable
from django.utils.module_loading import import_string
from redis.asyncio import BlockingConnectionPool as AsyncBlockingConnectionPool
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import BlockingConnectionPool
from redis.retry import Retry

from sequere.backends.redis.connections import Clients
from sequere.backends.redis.routing import Cluster, Server
from sequere.exceptions import InvalidBackend

PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
SCHEMES = "redis", "rediss", "unix"


class Options(NamedTuple):
    """How to connect."""

    locations: tuple[str, ...]
    cluster: bool
    client_class: str | type
    async_client_class: str | type
    timeout: float | None
    max_connections: int
    client_options: dict[str, Any]

    def connect(self, address: str) -> Any:
        # A write that is sent again would not know whether it was the first.
        options = self._options(Retry(NoBackoff(), 0))
        pool = BlockingConnectionPool.from_url(address, **options)
        return imported(self.client_class)(connection_pool=pool)

    def connect_async(self, address: str) -> Any:
        options = self._options(AsyncRetry(NoBackoff(), 0))
        pool = AsyncBlockingConnectionPool.from_url(address, **options)
        return imported(self.async_client_class)(connection_pool=pool)

    def check(self, alias: str) -> None:
        """Make a connection for each address, and connect it to nothing."""
        for address in self.locations:
            try:
                options = self._options(None)
                pool: Any = BlockingConnectionPool.from_url(address, **options)
                pool.make_connection()
            except (TypeError, ValueError) as exc:
                raise InvalidBackend(
                    f"Backend {alias!r}: the options 'location' and 'client_options' "
                    f"make no connection: {exc}"
                ) from exc

    def _options(self, retry: Any) -> dict[str, Any]:
        defaults = {
            "max_connections": self.max_connections,
            "timeout": self.timeout,
            "socket_timeout": self.timeout,
            "socket_connect_timeout": self.timeout,
            "retry": retry,
            "protocol": 2,
        }
        return defaults | self.client_options | {"decode_responses": True}


def imported(found: str | type) -> Any:
    return import_string(found) if isinstance(found, str) else found


class Connections:
    """What is known of the servers, and a client for each, or for each event loop."""

    def __init__(self, options: Options) -> None:
        topology = Cluster if options.cluster else Server
        self.topology: Cluster | Server = topology(options.locations)
        self.clients = Clients(options.connect)
        self._options = options
        # With what closes them. A weak key would be of no use: open connections
        # hold their loop.
        self._by_loop: dict[
            asyncio.AbstractEventLoop, tuple[Clients, AsyncIterator[None]]
        ] = {}

    async def clients_of_loop(self) -> Clients:
        loop = asyncio.get_running_loop()
        if found := self._by_loop.get(loop):
            return found[0]
        for other in list(self._by_loop):
            if other.is_closed():
                self._by_loop.pop(other, None)
        clients = Clients(self._options.connect_async)
        closing = self._closing(loop, clients)
        self._by_loop[loop] = clients, closing
        await anext(closing)
        return clients

    async def _closing(
        self, loop: asyncio.AbstractEventLoop, clients: Clients
    ) -> AsyncIterator[None]:
        """asyncio.run() ends the generators that are left, and so this one."""
        try:
            yield
        finally:
            self._by_loop.pop(loop, None)
            await clients.aclose()


lock = Lock()
by_options: dict[Any, Connections] = {}


def connections_for(alias: str, options: Options) -> Connections:
    key = make_hashable(options)
    with lock:
        if key not in by_options:
            options.check(alias)
            by_options[key] = Connections(options)
        return by_options[key]


def clean_locations(alias: str, location: Any, *, cluster: bool) -> tuple[str, ...]:
    """Like Django's caches: a URL, several with commas between them, or a list."""
    found = location
    if isinstance(location, str):
        found = [url.strip() for url in re.split("[;,]", location)]
    if not isinstance(found, (list, tuple)) or not found:
        raise invalid(alias, "location", location, "a URL or a list of URLs")
    # The servers of a cluster name each other by host and port.
    schemes = SCHEMES[:2] if cluster else SCHEMES
    for url in found:
        if not isinstance(url, str) or urlsplit(url).scheme not in schemes:
            # Not the account, which may have a password.
            shown = url.rpartition("@")[2] if isinstance(url, str) else url
            raise invalid(alias, "location", shown, "a URL like redis://host:6379/0")
    return tuple(found)


def clean_class(alias: str, option: str, found: str | type) -> str | type:
    try:
        imported(found)
    except ImportError as exc:
        raise invalid(alias, option, found, "a class or its dotted path") from exc
    return found


def clean_prefix(alias: str, prefix: Any) -> str:
    if not isinstance(prefix, str) or not PREFIX.fullmatch(prefix):
        wanted = "1 to 64 ASCII letters, digits, '_', '-', '.' or ':'"
        raise invalid(alias, "prefix", prefix, wanted)
    return prefix


def clean_integer(alias: str, option: str, number: Any, *, least: int = 0) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise invalid(alias, option, number, f"an integer, at least {least}")
    return number


def clean_seconds(alias: str, option: str, seconds: Any) -> float:
    # Less than a millisecond would be 0, by which the server means for ever.
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not is_number or seconds < 0.001:
        raise invalid(alias, option, seconds, "seconds, at least 0.001")
    return float(seconds)


def invalid(alias: str, option: str, value: Any, wanted: str) -> InvalidBackend:
    return InvalidBackend(
        f"Backend {alias!r}: the option {option!r} is {value!r}; it takes {wanted}."
    )
