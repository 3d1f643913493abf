from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.core.checks import CheckMessage
from django.db import connections as databases
from django.db import transaction

from sequere.backends.base import BaseBackend
from sequere.backends.redis import checks
from sequere.backends.redis.cluster_writes import ClusterWrites
from sequere.backends.redis.connections import aexchange, exchange
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
from sequere.backends.redis.routing import Exchange, Router
from sequere.backends.redis.scans import scan
from sequere.backends.redis.server_writes import ServerWrites
from sequere.backends.redis.writes import ARCHIVE, RESTORE, Changes, Writes
from sequere.exceptions import BackendError
from sequere.plans import Plan, drive
from sequere.questions import (
    Add,
    Archive,
    Contains,
    Counts,
    Forget,
    Lookup,
    PageOf,
    PagesOf,
    Remove,
    Restore,
    Scan,
    States,
)
from sequere.types import (
    Edge,
    FollowState,
    Progress,
    Ref,
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

    def _add(self, asked: Add) -> Plan[list[Edge]]:
        if self._waits:
            return self._add_on_commit(asked.edges)
        return self.writes.add(asked.edges)

    def _remove(self, asked: Remove) -> Plan[list[Edge]]:
        every = [Ends(asked.relation, *pair) for pair in asked.pairs]
        if self._waits:
            return self._remove_on_commit(every)
        return self.writes.remove(every)

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

    def clear(self) -> None:
        self._run(self.writes.clear())

    # Reading

    def _contains(self, asked: Contains) -> Plan[bool]:
        return self.reads.contains(asked.relation, asked.source, asked.target)

    def _lookup(self, asked: Lookup) -> Plan[dict[Ref, datetime]]:
        of = asked.relation, asked.ref, asked.direction
        return self.reads.lookup(*of, asked.others)

    def _states(self, asked: States) -> Plan[dict[Ref, FollowState]]:
        return self.reads.states(asked.relation, asked.ref, asked.others)

    def _page(self, asked: PageOf) -> Plan[list[Edge]]:
        of = asked.relation, asked.ref, asked.direction
        return self.reads.page(*of, asked.window)

    def _pages(self, asked: PagesOf) -> Plan[dict[Ref, list[Edge]]]:
        of = asked.relation, asked.refs, asked.direction
        return self.reads.pages(*of, asked.window)

    def _counts(self, asked: Counts) -> Plan[dict[Ref, int]]:
        of = asked.relation, asked.refs, asked.direction
        return self.reads.counts(*of, asked.identifiers, asked.span)

    def _scan(self, asked: Scan) -> Plan[tuple[list[Edge], str | None]]:
        return scan(self.writes.reads, asked.after, asked.limit)

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

    def _take(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            return exchange(step, self.connections.clients)
        return super()._take(step)

    async def _atake(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            return await aexchange(step, await self.connections.clients_of_loop())
        return await super()._atake(step)

    def _run(self, plan: Plan[T]) -> T:
        return drive(plan, self._take)

    def _add_on_commit(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        new = yield from self.writes.reads.missing(edges)
        # All of them: an earlier write of the block can change what is new.
        self.when_final(lambda: self._run(self.writes.add(edges)))
        return new

    def _remove_on_commit(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        there = yield from self.writes.reads.present(every)
        self.when_final(lambda: self._run(self.writes.remove(every)))
        return there

    def _forget_on_commit(self, asked: Forget) -> Plan[list[Edge]]:
        there: list[Edge] = []
        if asked.report:
            there = yield from self.writes.reads.edges_at(asked.refs)
        forget = partial(self.writes.forget, asked.refs, report=False)
        self.when_final(lambda: self._run(forget()))
        return there

    def _change_on_commit(
        self, asked: Archive | Restore, changes: Changes
    ) -> Plan[list[Edge]]:
        of = asked.relation, asked.ref, changes
        found: list[Edge] = []
        if asked.report:
            found = yield from self.writes.changing(*of)
        change = partial(self.writes.change, *of, report=False)
        self.when_final(lambda: self._run(change()))
        return found
