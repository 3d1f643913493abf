from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from django.core.checks import CheckMessage
from django.db import connections as databases
from django.db import transaction

from sequere.backends.base import BaseBackend
from sequere.backends.derived import Derived
from sequere.backends.redis import checks
from sequere.backends.redis.cluster_writes import ClusterWrites
from sequere.backends.redis.connections import arun, run
from sequere.backends.redis.keys import Ends, Keys
from sequere.backends.redis.options import (
    Options,
    clean_class,
    clean_integer,
    clean_locations,
    clean_prefix,
    clean_seconds,
    connections_for,
    invalid,
)
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.repair import Sweep, clean_place
from sequere.backends.redis.routing import Plan, Router
from sequere.backends.redis.scans import scan
from sequere.backends.redis.server_writes import ServerWrites
from sequere.backends.redis.writes import ARCHIVE, RESTORE, Changes, Writes
from sequere.exceptions import BackendError
from sequere.plans import acarry_out
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
    - `prefix`: what all keys begin with.
    - `timeout`: seconds to wait for a connection or for an answer.
    - `max_connections`: to one server, of all threads of a process, and of an event
      loop. Who needs one more waits.
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
    supports_archive = True
    supports_async = True

    def __init__(
        self,
        alias: str,
        *,
        location: str | Sequence[str] = "redis://127.0.0.1:6379/0",
        cluster: bool = False,
        prefix: str = "sequere",
        timeout: float | None = 5,
        max_connections: int = 50,
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
                clean_integer(alias, "max_connections", max_connections, least=1),
                dict(client_options or {}),
            ),
        )
        self.keys = Keys(clean_prefix(alias, prefix))
        self.router = Router(
            alias,
            self.connections.topology,
            wait_replicas,
            int(wait_timeout * 1000),
        )
        self.reads = Reads(self.keys, self.router)
        writes = ClusterWrites if cluster else ServerWrites
        self.writes: Writes = writes(
            self.keys, replace(self.router, primaries_only=True)
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

    def _forget(self, refs: Sequence[Ref], *, report: bool) -> list[Edge]:
        if self._waits:
            return self._forget_on_commit(refs, report=report)
        return self._run(self.writes.forget(refs, report=report))

    def _archive(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        if self._waits:
            return self._change_on_commit(relation, ref, ARCHIVE, report=report)
        return self._run(self.writes.change(relation, ref, ARCHIVE, report=report))

    def _restore(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        if self._waits:
            return self._change_on_commit(relation, ref, RESTORE, report=report)
        return self._run(self.writes.change(relation, ref, RESTORE, report=report))

    async def _aarchive(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        plan = self.writes.change(relation, ref, ARCHIVE, report=report)
        return await self._arun(plan)

    async def _arestore(self, relation: str, ref: Ref, *, report: bool) -> list[Edge]:
        plan = self.writes.change(relation, ref, RESTORE, report=report)
        return await self._arun(plan)

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

    # Around

    def _scan(self, after: str | None, limit: int) -> tuple[list[Edge], str | None]:
        return self._run(scan(self.writes.reads, after, limit))

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
        else:
            transaction.on_commit(callback, using=self.on_commit)

    def check(self, *, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
        """Asks the servers only where `check --database` asks the databases."""
        if not databases:
            return []
        try:
            return self._run(checks.check_servers(self.router))
        except BackendError as exc:
            return [checks.unavailable(exc)]

    @property
    def _waits(self) -> bool:
        alias = self.on_commit
        return alias is not None and databases[alias].in_atomic_block

    def _run(self, plan: Plan[T]) -> T:
        return run(plan, self.connections.clients)

    async def _arun(self, plan: Plan[T]) -> T:
        return await arun(plan, await self.connections.clients_of_loop())

    def _add_on_commit(self, edges: Sequence[Edge]) -> list[Edge]:
        new = self._run(self.writes.reads.missing(edges))
        # All of them: an earlier write of the block can change what is new.
        self.when_final(lambda: self._run(self.writes.add(edges)))
        return new

    def _remove_on_commit(self, every: Sequence[Ends]) -> list[Edge]:
        there = self._run(self.writes.reads.present(every))
        self.when_final(lambda: self._run(self.writes.remove(every)))
        return there

    def _forget_on_commit(self, refs: Sequence[Ref], *, report: bool) -> list[Edge]:
        there = self._run(self.writes.reads.edges_at(refs)) if report else []
        self.when_final(lambda: self._run(self.writes.forget(refs, report=False)))
        return there

    def _change_on_commit(
        self, relation: str, ref: Ref, changes: Changes, *, report: bool
    ) -> list[Edge]:
        plan = self.writes.changing(relation, ref, changes)
        found = self._run(plan) if report else []
        self.when_final(
            lambda: self._run(self.writes.change(relation, ref, changes, report=False))
        )
        return found
