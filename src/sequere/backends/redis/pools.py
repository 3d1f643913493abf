"""The lines to servers that all backends with the same options share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from threading import Lock
from typing import Any, NamedTuple

from django.utils.hashable import make_hashable
from django.utils.module_loading import import_string
from redis import exceptions as driver
from redis.asyncio import ConnectionPool as AsyncConnectionPool
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry

from sequere.backends.redis.addresses import Address
from sequere.backends.redis.connections import Line, Lines
from sequere.backends.redis.couriers import Courier
from sequere.backends.redis.gates import AsyncGate, Gate
from sequere.backends.redis.topology import Cluster, Server
from sequere.exceptions import InvalidBackend


class Options(NamedTuple):
    """The arguments for connections to a server."""

    locations: tuple[Address, ...]
    cluster: bool
    client_class: str | type
    async_client_class: str | type
    timeout: float | None
    queue_timeout: float | None
    max_connections: int
    client_options: dict[str, Any]

    def __repr__(self) -> str:
        # The client's options are hidden: they may contain a password.
        return f"<Options for {', '.join(map(repr, self.locations))}>"

    def connect(self, address: Address) -> Line:
        # A write that is sent again could not tell whether the first one succeeded.
        options = self._options(Retry(NoBackoff(), 0))
        pool = ConnectionPool.from_url(address, **options)
        client = imported(self.client_class)(connection_pool=pool)
        return Line(client, Gate(pool.max_connections, self.queue_timeout))

    def connect_async(self, address: Address) -> Courier:
        options = self._options(AsyncRetry(NoBackoff(), 0))
        # The courier keeps the timeout: the driver would start one per read and write.
        timeout, options["socket_timeout"] = options["socket_timeout"], None
        pool = AsyncConnectionPool.from_url(address, **options)
        client = imported(self.async_client_class)(connection_pool=pool)
        gate = AsyncGate(pool.max_connections, self.queue_timeout)
        return Courier(client, gate, timeout)

    def check(self, alias: str) -> None:
        """Make a connection object for each address, without connecting it."""
        for address in self.locations:
            try:
                pool: Any = ConnectionPool.from_url(address, **self._options(None))
                pool.make_connection()
            except (TypeError, ValueError, driver.RedisError) as exc:
                raise InvalidBackend(
                    f"Backend {alias!r}: the options 'location' and 'client_options' "
                    f"cannot be used for a connection: {exc}"
                ) from exc

    def _options(self, retry: Any) -> dict[str, Any]:
        defaults = {
            "max_connections": self.max_connections,
            "socket_timeout": self.timeout,
            "socket_connect_timeout": self.timeout,
            "retry": retry,
            "protocol": 2,
        }
        return defaults | self.client_options | {"decode_responses": True}


def imported(found: str | type) -> Any:
    return import_string(found) if isinstance(found, str) else found


class Connections:
    """The known topology of the servers, and the lines to the servers: the lines of all
    threads, and the lines of each event loop.
    """

    def __init__(self, options: Options) -> None:
        topology = Cluster if options.cluster else Server
        self.topology: Cluster | Server = topology(options.locations)
        self.lines: Lines[Line] = Lines(options.connect)
        self.options = options
        # Each value includes the generator that closes the lines. A weak key would not
        # help: open connections hold their loop.
        self._by_loop: dict[
            asyncio.AbstractEventLoop, tuple[Lines[Courier], AsyncIterator[None]]
        ] = {}

    async def lines_of_loop(self) -> Lines[Courier]:
        loop = asyncio.get_running_loop()
        if found := self._by_loop.get(loop):
            return found[0]
        for other in list(self._by_loop):
            if other.is_closed():
                self._by_loop.pop(other, None)
        lines: Lines[Courier] = Lines(self.options.connect_async)
        closing = self._closing(loop, lines)
        self._by_loop[loop] = lines, closing
        await anext(closing)
        return lines

    async def _closing(
        self, loop: asyncio.AbstractEventLoop, lines: Lines[Courier]
    ) -> AsyncIterator[None]:
        """asyncio.run() closes the generators that are left, and so this one."""
        try:
            yield
        finally:
            self._by_loop.pop(loop, None)
            for line in lines.by_address.values():
                await line.client.connection_pool.aclose()


lock = Lock()
by_options: dict[Any, Connections] = {}


def connections_for(alias: str, options: Options) -> Connections:
    with lock:
        # The key gets no name, which tracebacks with variables would show.
        found = by_options.get(make_hashable(options))
        if found is None:
            options.check(alias)
            found = by_options[make_hashable(options)] = Connections(options)
        return found
