from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.core.checks import CheckMessage
from django.db import connections as databases
from django.db import transaction

from sequere.backends.base import BaseBackend
from sequere.backends.derived import Derived
from sequere.backends.redis import checks, isolation
from sequere.backends.redis.caches import check_caches
from sequere.backends.redis.connections import aexchange, exchange
from sequere.backends.redis.deferral import Deferred
from sequere.backends.redis.keys import Ends, Keys
from sequere.backends.redis.keyspaces import Keyspace, Keyspaces
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
from sequere.backends.redis.protocol import Plan
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.repair import Sweep, clean_place
from sequere.backends.redis.routing import Router
from sequere.backends.redis.topology import Cluster
from sequere.backends.redis.writes import ClusterWrites, ServerWrites, Writes
from sequere.exceptions import BackendError
from sequere.plans import acarry_out, adrive, drive
from sequere.types import (
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Pair,
    Progress,
    Ref,
    Span,
    Window,
)

T = TypeVar("T")


class RedisBackend(BaseBackend):
    """Edges in Redis 7 or newer, Valkey, or a cluster of either.

    Options, all of them keywords:

    - `location`: URL of the server; in a cluster, of some of its servers. Those behind
      the first of several that are no cluster are replicas, which serve reads.
    - `cluster`: whether the servers are a Redis Cluster.
    - `prefix`: the beginning of all keys; or a function that returns it, and is called
      for each verb, so that each tenant has a graph of its own.
    - `timeout`: seconds to wait for a server, to connect and to answer.
    - `max_connections`: to one server, of all threads of a process, and of an event
      loop. Further calls wait until their turn comes, first come, first served.
    - `queue_timeout`: seconds that such a call waits before it fails.
    - `client_class`, `async_client_class`, `client_options`: the driver's classes, and
      further arguments of their connections.
    - `wait_replicas`, `wait_timeout`: how many replicas must have each write, and
      the seconds to wait for them.
    - `on_commit`: the alias of a database. A write inside its atomic() waits for the
      commit, and a rollback drops it. Without it a write is final at once.

    A call is one round trip, unless it says otherwise. In a cluster, writing takes
    three, and each goes to all servers that are concerned.
    """

    supports_repair = True
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
                wanted = f"seconds, fewer than the `timeout` of {timeout}"
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

    @property
    def keys(self) -> Keys:
        return self.keyspaces.current().keys

    @property
    def reads(self) -> Reads:
        return self.keyspaces.current().reads

    @property
    def writes(self) -> Writes:
        return self.keyspaces.current().writes

    def pinned(self) -> RedisBackend:
        """This backend with the prefix of now, for calls that are made later."""
        later = copy.copy(self)
        later.keyspaces = self.keyspaces.pinned()
        return later

    def _keyspace(self, prefix: str) -> Keyspace:
        keys = Keys(prefix)
        writes = self._writes(keys, replace(self.router, primaries_only=True))
        return Keyspace(prefix, Reads(keys, self.router), writes)

    def _empty_once(self, keyspace: Keyspace) -> None:
        topology = self.connections.topology
        # Several are one cluster, or replicas behind the first.
        seeds = topology.seeds if isinstance(topology, Cluster) else topology.seeds[:1]
        isolation.empty_once(
            {(seed, keyspace.prefix) for seed in seeds},
            lambda: self._run(keyspace.writes.clear()),
        )

    # Writing

    def _add(self, edges: Sequence[Edge]) -> list[Edge]:
        if self._waits:
            return self._add_on_commit(edges)
        return self._run(self.writes.add(edges))

    def _remove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]:
        every = [Ends(relation, *pair) for pair in pairs]
        if self._waits:
            return self._remove_on_commit(every)
        return self._run(self.writes.remove(every))

    async def _aadd(self, edges: Sequence[Edge]) -> list[Edge]:
        # Transactions belong to threads: no atomic() can surround this.
        return await self._arun(self.writes.add(edges))

    async def _aremove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]:
        every = [Ends(relation, *pair) for pair in pairs]
        return await self._arun(self.writes.remove(every))

    def _forget(self, refs: Sequence[Ref]) -> None:
        self._run(self.writes.forget(refs))

    def clear(self) -> None:
        self._run(self.writes.clear())

    # Reading

    def _contains(self, relation: str, source: Ref, target: Ref) -> bool:
        return self._run(self.reads.contains(relation, source, target))

    def _lookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]:
        return self._run(self.reads.lookup(relation, ref, direction, others))

    def _states(
        self, relation: str, ref: Ref, others: Sequence[Ref]
    ) -> dict[Ref, FollowState]:
        return self._run(self.reads.states(relation, ref, others))

    def _page(
        self, relation: str, ref: Ref, direction: Direction, window: Window
    ) -> list[Edge]:
        return self._run(self.reads.page(relation, ref, direction, window))

    def _counts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        identifiers: Sequence[str] | None,
        span: Span | None,
    ) -> dict[Ref, int]:
        plan = self.reads.counts(relation, refs, direction, identifiers, span)
        return self._run(plan)

    def _pages(
        self, relation: str, refs: Sequence[Ref], direction: Direction, window: Window
    ) -> dict[Ref, list[Edge]]:
        return self._run(self.reads.pages(relation, refs, direction, window))

    # For asyncio, with the driver's own client

    async def _acontains(self, relation: str, source: Ref, target: Ref) -> bool:
        return await self._arun(self.reads.contains(relation, source, target))

    async def _alookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]:
        return await self._arun(self.reads.lookup(relation, ref, direction, others))

    async def _astates(
        self, relation: str, ref: Ref, others: Sequence[Ref]
    ) -> dict[Ref, FollowState]:
        return await self._arun(self.reads.states(relation, ref, others))

    async def _apage(
        self, relation: str, ref: Ref, direction: Direction, window: Window
    ) -> list[Edge]:
        return await self._arun(self.reads.page(relation, ref, direction, window))

    async def _acounts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        identifiers: Sequence[str] | None,
        span: Span | None,
    ) -> dict[Ref, int]:
        plan = self.reads.counts(relation, refs, direction, identifiers, span)
        return await self._arun(plan)

    async def _apages(
        self, relation: str, refs: Sequence[Ref], direction: Direction, window: Window
    ) -> dict[Ref, list[Edge]]:
        plan = self.reads.pages(relation, refs, direction, window)
        return await self._arun(plan)

    async def _acommon(
        self, relation: str, first: Neighbours, second: Neighbours, window: Window
    ) -> list[Edge]:
        return await acarry_out(Derived(self, relation).common(first, second, window))

    async def _acommon_count(
        self,
        relation: str,
        first: Neighbours,
        second: Neighbours,
        identifiers: Sequence[str] | None,
    ) -> int:
        plan = Derived(self, relation).common_count(first, second, identifiers)
        return await acarry_out(plan)

    async def _aarchive(self, relation: str, ref: Ref) -> None:
        await acarry_out(Derived(self, relation).archive(ref))

    async def _arestore(self, relation: str, ref: Ref) -> None:
        await acarry_out(Derived(self, relation).restore(ref))

    # Around

    def verify(self, *, resume: str | None = None) -> Iterator[Progress]:
        return self._sweep(resume, mend=False)

    def repair(self, *, resume: str | None = None) -> Iterator[Progress]:
        return self._sweep(resume, mend=True)

    def _sweep(self, resume: str | None, *, mend: bool) -> Iterator[Progress]:
        sweep = Sweep(self.writes, mend=mend)
        place = clean_place(resume)
        while place:
            progress, place = self._run(sweep.step(place))
            yield progress

    def when_final(self, callback: Callable[[], Any]) -> None:
        if self.on_commit is None:
            callback()
            return
        # Of the write that was deferred just before.
        write, self._deferred = self._deferred, None
        transaction.on_commit(
            lambda: None if write and write.failed else callback(),
            using=self.on_commit,
        )

    def check(self, *, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
        """Asks the servers only where `check --database` asks the databases."""
        if not databases:
            return check_caches(self.alias, self.connections.options)
        try:
            return self._run(checks.check_servers(self.router))
        except BackendError as exc:
            return [checks.unavailable(exc)]

    @property
    def _waits(self) -> bool:
        alias = self.on_commit
        return alias is not None and databases[alias].in_atomic_block

    def _run(self, plan: Plan[T]) -> T:
        return drive(plan, partial(exchange, self.connections.lines))

    async def _arun(self, plan: Plan[T]) -> T:
        lines = await self.connections.lines_of_loop()
        return await adrive(plan, partial(aexchange, lines))

    def _add_on_commit(self, edges: Sequence[Edge]) -> list[Edge]:
        # Of now: another tenant may be active when the commit comes.
        writes = self.writes
        new = self._run(writes.reads.missing(edges))
        # All of them: an earlier write of the block can change what is new.
        self._defer(writes.add(edges), [Ends(*edge[:3]) for edge in edges])
        return new

    def _remove_on_commit(self, every: Sequence[Ends]) -> list[Edge]:
        writes = self.writes
        there = self._run(writes.reads.present(every))
        self._defer(writes.remove(every), every)
        return there

    def _defer(self, plan: Plan[Any], every: Sequence[Ends]) -> None:
        self._deferred = Deferred(self.alias, partial(self._run, plan), every)
        transaction.on_commit(self._deferred, using=self.on_commit)
