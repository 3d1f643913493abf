from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.core.checks import CheckMessage
from django.db import connections as databases

from sequere.backends.redis import checks, isolation
from sequere.backends.redis.caches import check_caches
from sequere.backends.redis.cluster_writes import ClusterWrites
from sequere.backends.redis.connections import aexchange, exchange
from sequere.backends.redis.deferral import Deferred
from sequere.backends.redis.keys import Ends, Keys
from sequere.backends.redis.keyspaces import Keyspace, Keyspaces
from sequere.backends.redis.on_commit import OnCommit
from sequere.backends.redis.options import (
    Prefix,
    clean_class,
    clean_client_options,
    clean_integer,
    clean_locations,
    clean_seconds,
    invalid,
)
from sequere.backends.redis.pools import Options, connections_for
from sequere.backends.redis.protocol import Exchange
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.repair import Sweep, clean_place
from sequere.backends.redis.routing import Router
from sequere.backends.redis.scans import scan
from sequere.backends.redis.server_writes import ServerWrites
from sequere.backends.redis.sizes import size_of
from sequere.backends.redis.topology import Cluster
from sequere.backends.redis.writes import (
    ANY,
    ARCHIVE,
    OTHERS,
    REQUESTS,
    RESTORE,
    Change,
    Changes,
    Which,
)
from sequere.declaration import BLOCK
from sequere.exceptions import BackendError
from sequere.plans import Plan, drive
from sequere.questions import (
    Accept,
    Add,
    Archive,
    Block,
    Contains,
    Counts,
    Edges,
    Expire,
    Forget,
    Lookup,
    PageOf,
    PagesOf,
    Put,
    Question,
    Remove,
    Restore,
    Scan,
    SetLevel,
    States,
    Unblock,
)
from sequere.times import to_microseconds
from sequere.types import (
    REQUESTED,
    Blocked,
    Edge,
    FollowState,
    Pair,
    Progress,
    Ref,
)

T = TypeVar("T")


class RedisBackend(OnCommit):
    """Edges in Redis 7 or newer, Valkey, or a cluster of either.

    Options, all of them keywords:

    - `location`: URL of the server, or URLs of some servers of a cluster. Without a
      cluster, all URLs behind the first are replicas, which serve reads.
    - `cluster`: whether the servers are a Redis Cluster.
    - `prefix`: the beginning of all keys; or a function that returns the prefix, and is
      called for each verb, so that each tenant has its own graph.
    - `timeout`: seconds to wait for a server, to connect and to answer.
    - `max_connections`: connections to one server, for all threads of a process, and
      for an event loop, whose small calls share one connection. Further calls wait
      until their turn comes, first come, first served.
    - `queue_timeout`: seconds that a call waits for its turn before it fails.
    - `client_class`, `async_client_class`, `client_options`: the driver's classes, and
      further arguments of their connections.
    - `wait_replicas`, `wait_timeout`: how many replicas must have each write, and
      the seconds to wait for them.
    - `on_commit`: the alias of a database. A write inside its atomic() waits for the
      commit, and a rollback drops the write. By default a write is final at once.

    A call is one round trip, unless its docstring says otherwise. In a cluster, a write
    takes three round trips, and each goes to all servers that are concerned.
    """

    supports_archive = True
    supports_policy = True
    supports_async = True

    def __init__(
        self,
        alias: str,
        *,
        location: str | Sequence[str] = "redis://127.0.0.1:6379/0",
        cluster: bool = False,
        prefix: Prefix = "sequere",
        timeout: float | None = 5,
        max_connections: int = 50,
        queue_timeout: float | None = 5,
        client_class: str | type = "redis.Redis",
        async_client_class: str | type = "redis.asyncio.Redis",
        client_options: Mapping[str, Any] | None = None,
        wait_replicas: int = 0,
        wait_timeout: float = 1,
        on_commit: str | None = None,
    ) -> None:
        super().__init__(alias)
        clean_integer(alias, "wait_replicas", wait_replicas)
        clean_seconds(alias, "wait_timeout", wait_timeout)
        if timeout is not None:
            clean_seconds(alias, "timeout", timeout)
            if wait_replicas and wait_timeout >= timeout:
                wanted = f"seconds, less than the `timeout` of {timeout}"
                raise invalid(alias, "wait_timeout", wait_timeout, wanted)
        if queue_timeout is not None:
            clean_seconds(alias, "queue_timeout", queue_timeout)
        if on_commit is not None and on_commit not in databases.settings:
            wanted = "None, or an alias that is in DATABASES"
            raise invalid(alias, "on_commit", on_commit, wanted)
        self.on_commit = on_commit
        self.connections = connections_for(
            alias,
            Options(
                clean_locations(alias, location, cluster=cluster),
                bool(cluster),
                clean_class(alias, "client_class", client_class),
                clean_class(alias, "async_client_class", async_client_class),
                timeout,
                queue_timeout,
                clean_integer(alias, "max_connections", max_connections, least=1),
                clean_client_options(alias, client_options),
            ),
        )
        self.router = Router(
            alias,
            self.connections.topology,
            wait_replicas,
            int(wait_timeout * 1000),
        )
        self.keyspaces = Keyspaces(alias, prefix, self._keyspace, self._empty_once)
        self._writes = ClusterWrites if cluster else ServerWrites
        self._deferred: Deferred | None = None

    def pinned(self) -> RedisBackend:
        """Return this backend with its current prefix fixed, for later calls."""
        later = copy.copy(self)
        later.keyspaces = self.keyspaces.pinned()
        return later

    async def _atold(self, question: Question[T]) -> tuple[Question[T], T]:
        if self.keyspaces.is_fixed:
            return await super()._atold(question)
        # The function may read the state of a database connection, which the event loop
        # does not see: it belongs to the thread in which the ORM runs.
        pinned = await sync_to_async(self.pinned)()
        return await pinned._atold(question)

    def _keyspace(self, prefix: str) -> Keyspace:
        keys = Keys(prefix)
        writes = self._writes(keys, replace(self.router, primaries_only=True))
        return Keyspace(prefix, Reads(keys, self.router), writes)

    def _empty_once(self, keyspace: Keyspace) -> None:
        topology = self.connections.topology
        # Several seeds are one cluster, or a primary and its replicas.
        seeds = topology.seeds if isinstance(topology, Cluster) else topology.seeds[:1]
        isolation.empty_once(
            {(seed, keyspace.prefix) for seed in seeds},
            # The call runs in this thread, even if an event loop runs in it.
            lambda: drive(
                keyspace.writes.clear(), partial(exchange, self.connections.lines)
            ),
        )

    # Writing

    def _add(self, asked: Add) -> Plan[list[Edge]]:
        if self._waits:
            return self._add_on_commit(asked.edges)
        return self.writes.add(asked.edges)

    def _remove(self, asked: Remove) -> Plan[list[Edge]]:
        every = [Ends(asked.relation, *pair) for pair in asked.pairs]
        which = Which({None: ANY, True: REQUESTS, False: OTHERS}[asked.requested])
        if self._waits:
            return self._remove_on_commit(every, which)
        return self.writes.remove(every, which)

    def _expire(self, asked: Expire) -> Plan[list[Edge]]:
        if self._waits:
            return self._expire_on_commit(asked)
        names = asked.relation, asked.ends
        return self.writes.expire(*names, asked.pairs, asked.moment)

    def _forget(self, asked: Forget) -> Plan[list[Edge]]:
        if self._waits:
            return self._forget_on_commit(asked)
        return self.writes.forget(asked.refs, report=asked.report)

    def _archive(self, asked: Archive) -> Plan[list[Edge]]:
        return self._change(asked, ARCHIVE)

    def _restore(self, asked: Restore) -> Plan[list[Edge]]:
        return self._change(asked, RESTORE)

    def _change(self, asked: Archive | Restore, changes: Changes) -> Plan[list[Edge]]:
        if self._waits:
            return self._change_on_commit(asked, changes)
        of = asked.relation, asked.ref
        return self.writes.change(*of, changes, report=asked.report)

    def _accept(self, asked: Accept) -> Plan[list[Edge]]:
        relation, target = asked.relation, asked.target
        created = str(to_microseconds(asked.created))
        if asked.sources is None:
            changes: Changes
            changes = {"followers": Change(0, REQUESTED, REQUESTS, created)}
            if self._waits:
                return self._accept_all_on_commit(asked, changes)
            return self.writes.change(relation, target, changes, report=True)
        every = [Ends(relation, source, target) for source in asked.sources]
        change = Change(0, REQUESTED, str(REQUESTED), created)
        if self._waits:
            return self._accept_on_commit(asked, every, change)
        return self.writes.move(every, change)

    def _set_level(self, asked: SetLevel) -> Plan[list[Edge]]:
        every = [Ends(asked.relation, *pair) for pair in asked.pairs]
        if self._waits:
            return self._set_level_on_commit(every, asked.level)
        return self.writes.set_level(every, asked.level)

    def _put(self, asked: Put) -> Plan[list[Edge]]:
        if self._waits:
            return self._put_on_commit(asked.edges)
        return self.writes.put(asked.edges)

    def _block(self, asked: Block) -> Plan[Blocked]:
        if self._waits:
            return self._block_on_commit(asked)
        return self.writes.block(asked.edges, asked.barred)

    def _unblock(self, asked: Unblock) -> Plan[list[Edge]]:
        every = [Ends(BLOCK, *pair) for pair in asked.pairs]
        if self._waits:
            return self._unblock_on_commit(every)
        return self.writes.unblock(every)

    def clear(self) -> None:
        self._run(self.writes.clear())

    # Reading

    def _contains(self, asked: Contains) -> Plan[bool]:
        return self.reads.contains(asked.relation, asked.source, asked.target)

    def _lookup(self, asked: Lookup) -> Plan[dict[Ref, datetime]]:
        of = asked.relation, asked.ref, asked.direction
        return self.reads.lookup(*of, asked.others, asked.state)

    def _states(self, asked: States) -> Plan[dict[Ref, FollowState]]:
        return self.reads.states(asked.relation, asked.ref, asked.others)

    def _page(self, asked: PageOf) -> Plan[list[Edge]]:
        of = asked.relation, asked.ref, asked.direction
        return self.reads.page(*of, asked.window, asked.state)

    def _pages(self, asked: PagesOf) -> Plan[dict[Ref, list[Edge]]]:
        of = asked.relation, asked.refs, asked.direction
        return self.reads.pages(*of, asked.window)

    def _counts(self, asked: Counts) -> Plan[dict[Ref, int]]:
        of = asked.relation, asked.refs, asked.direction
        return self.reads.counts(*of, asked.identifiers, asked.span, asked.state)

    def _edges(self, asked: Edges) -> Plan[dict[Pair, Edge]]:
        every = [Ends(asked.relation, *pair) for pair in asked.pairs]
        found = yield from self.writes.reads.present(every)
        return {Pair(edge.source, edge.target): edge for edge in found}

    def _scan(self, asked: Scan) -> Plan[tuple[list[Edge], str | None]]:
        return scan(self.writes.reads, asked.after, asked.limit)

    # Around

    @property
    def system(self) -> str:
        return "redis"

    def stored_bytes(self) -> int | None:
        return self._run(size_of(self.writes.reads.router, self.keys))

    def _sweep(self, resume: str | None, *, mend: bool) -> Iterator[Progress]:
        sweep = Sweep(self.writes, mend=mend)
        place = clean_place(resume)
        while place:
            progress, place = self._run(sweep.step(place))
            yield progress

    def check(self, *, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
        """Ask the servers only where `check --database` asks the databases."""
        if not databases:
            return check_caches(self.alias, self.connections.options)
        try:
            return self._run(checks.check_servers(self.router))
        except BackendError as exc:
            return [checks.unavailable(exc)]

    def _take(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            return exchange(self.connections.lines, step)
        return super()._take(step)

    async def _atake(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            return await aexchange(await self.connections.lines_of_loop(), step)
        return await super()._atake(step)
