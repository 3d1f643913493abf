from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from django.core.checks import CheckMessage
from django.db import connections, router, transaction
from django.db.utils import IntegrityError, OperationalError

from sequere.backends.base import BaseBackend
from sequere.backends.derived import MUCH_SHORTER, joined
from sequere.backends.simple import checks, queries
from sequere.backends.simple.dialect import Dialect, Group, Row, Statement
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.graph import SimpleGraph
from sequere.backends.simple.guards import guard, no_key
from sequere.backends.simple.models import CountRow, EdgeRow
from sequere.batching import batched
from sequere.databases import holds_copy, home_of, is_same_database
from sequere.exceptions import InvalidBackend
from sequere.questions import (
    Add,
    Common,
    CommonCount,
    Contains,
    Counts,
    Forget,
    Lookup,
    PageOf,
    PagesOf,
    Remove,
    Scan,
    States,
)
from sequere.registration import Registration
from sequere.times import from_microseconds, to_microseconds
from sequere.types import (
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Pair,
    Ref,
    Window,
)

T = TypeVar("T")

BATCH_SIZE = 5000
PAGES_SIZE = 100
TRIES = 10
LONGEST_PAUSE = 0.02


class SimpleBackend(BaseBackend):
    """Edges in a table of the SQL database, counted by the database itself.

    SQLite, PostgreSQL and MariaDB. Options: `database`, the alias of the database;
    without it Django's routers decide, as for any model.

    Every call is one statement, of SQL that needs no compiling; but writes of several
    pairs of types, or of more edges than a statement takes (see batch_size),
    are one each in a transaction, and forget() is two for each 5,000 refs of a type.
    """

    supports_transactions = True
    supports_integrity = True
    supports_querysets = True

    def __init__(self, alias: str, *, database: str | None = None) -> None:
        super().__init__(alias)
        if database is not None and database not in connections.settings:
            raise InvalidBackend(
                f"Backend {alias!r}: the option 'database' is {database!r}, which is "
                "not in DATABASES."
            )
        self.database = database

    @property
    def write_alias(self) -> str:
        return self.database or router.db_for_write(EdgeRow)

    @property
    def read_alias(self) -> str:
        return self.database or router.db_for_read(EdgeRow)

    # Writing

    def _add(self, asked: Add) -> list[Edge]:
        ends = ((edge.relation, edge.source, edge.target) for edge in asked.edges)
        return self._write(grouped(ends, asked.edges), self._insert)

    def _remove(self, asked: Remove) -> list[Edge]:
        ends = ((asked.relation, *pair) for pair in asked.pairs)
        return self._write(grouped(ends, asked.pairs), self._delete)

    def _insert(self, group: Group, edges: Sequence[Edge]) -> list[Edge]:
        alias = self.write_alias
        dialect = dialect_for(connections[alias])
        source_guard, source_key = guard(group.source, alias)
        target_guard, target_key = guard(group.target, alias)
        if not dialect.needs_keys:
            source_key = target_key = no_key
        rows = [
            Row(
                source.object_id,
                target.object_id,
                to_microseconds(created),
                source_key(source.object_id),
                target_key(target.object_id),
            )
            for _, source, target, created, *_ in edges
        ]
        guarded = group._replace(source_guard=source_guard, target_guard=target_guard)
        try:
            new = set(run(alias, dialect.insert(guarded, rows)))
        except IntegrityError as exc:
            if not dialect.is_missing_end(exc):
                raise
            return []
        return [e for e in edges if (e.source.object_id, e.target.object_id) in new]

    def _delete(self, group: Group, pairs: Sequence[Pair]) -> list[Edge]:
        alias = self.write_alias
        ids = [(source.object_id, target.object_id) for source, target in pairs]
        return [
            Edge(
                group.relation,
                Ref(group.source, source_id),
                Ref(group.target, target_id),
                from_microseconds(created),
            )
            for source_id, target_id, created in run(
                alias, dialect_for(connections[alias]).delete(group, ids)
            )
        ]

    def _write(
        self,
        groups: dict[Group, list[T]],
        work: Callable[[Group, Sequence[T]], list[Edge]],
    ) -> list[Edge]:
        batch_size = self._dialect.batch_size
        batches = [
            (group, batch)
            # In one order, so that two writers of the same edges do not deadlock.
            for group, items in sorted(groups.items())
            for batch in batched(sorted(items), batch_size)  # type: ignore[type-var]
        ]

        def write() -> list[Edge]:
            with self.atomic() if len(batches) > 1 else nullcontext():
                return [edge for batch in batches for edge in work(*batch)]

        return self._retry(write)

    def _forget(self, asked: Forget) -> list[Edge]:
        def forget() -> None:
            with self.atomic():
                for identifier, object_ids in queries.by_identifier(asked.refs).items():
                    for batch in batched(sorted(object_ids), BATCH_SIZE):
                        self._forget_batch(identifier, batch)

        self._retry(forget)
        return []

    def _forget_batch(self, identifier: str, object_ids: Sequence[str]) -> None:
        alias, dialect = self.write_alias, self._dialect
        execute(alias, dialect.delete_all(identifier, object_ids))
        rest = queries.rest_of_counts(identifier, object_ids, dialect.skip_locked)
        spent = spent_rows(run(alias, rest))
        for batch in batched(spent, BATCH_SIZE):
            execute(alias, queries.delete_counts(batch))

    def clear(self) -> None:
        with self.atomic():
            for model in (EdgeRow, CountRow):
                execute(self.write_alias, (f"DELETE FROM {model._meta.db_table}", []))

    # Reading

    def _contains(self, asked: Contains) -> bool:
        source, target = asked.source, asked.target
        params = [source[1], source[0], asked.relation, target[1], target[0]]
        return bool(run(self.read_alias, (queries.CONTAINS, params)))

    def _lookup(self, asked: Lookup) -> dict[Ref, datetime]:
        return {
            Ref(identifier, object_id): from_microseconds(created)
            for batch in batched(asked.others, BATCH_SIZE)
            for identifier, object_id, created in run(
                self.read_alias,
                queries.lookup(asked.relation, asked.ref, asked.direction, batch),
            )
        }

    def _states(self, asked: States) -> dict[Ref, FollowState]:
        found: dict[Direction, dict[Ref, datetime]]
        found = {"followings": {}, "followers": {}}
        for batch in batched(asked.others, BATCH_SIZE):
            for identifier, object_id, created, direction in run(
                self.read_alias, queries.states(asked.relation, asked.ref, batch)
            ):
                since = from_microseconds(created)
                found[direction][Ref(identifier, object_id)] = since
        return joined(found["followings"], found["followers"])

    def _counts(self, asked: Counts) -> dict[Ref, int]:
        def statement(batch: Sequence[Ref]) -> Statement:
            of = asked.relation, batch, asked.direction, asked.identifiers
            if asked.span is None:
                return queries.counts(*of)
            return queries.counts_within(*of, asked.span)

        return {
            Ref(identifier, object_id): int(total)
            for batch in batched(asked.refs, BATCH_SIZE)
            for identifier, object_id, total in run(self.read_alias, statement(batch))
        }

    def _page(self, asked: PageOf) -> list[Edge]:
        whose = Neighbours(asked.ref, asked.direction)
        statement = self._part_of(asked.relation, whose, asked.window)
        return edges_of(asked.relation, whose, run(self.read_alias, statement))

    def _pages(self, asked: PagesOf) -> dict[Ref, list[Edge]]:
        """One query for each 100 of `refs`."""
        relation, window = asked.relation, asked.window
        lists = [Neighbours(ref, asked.direction) for ref in asked.refs]
        found: dict[Ref, list[Edge]] = {}
        for batch in batched(lists, PAGES_SIZE):
            parts = [self._part_of(relation, whose, window) for whose in batch]
            rows: list[list[Any]] = [[] for _ in batch]
            for number, *row in run(self.read_alias, queries.pages(parts)):
                rows[number].append(row)
            for whose, part in zip(batch, rows, strict=True):
                # UNION promises no order: that of (created, identifier, object_id).
                part.sort(key=itemgetter(2, 0, 1), reverse=window.newest_first)
                found[whose.ref] = edges_of(relation, whose, part)
        return found

    def _part_of(self, relation: str, whose: Neighbours, window: Window) -> Statement:
        condition = queries.of_list(relation, whose, window.identifiers)
        condition = self._beyond(condition, whose.direction, window)
        return queries.page(whose.direction, condition, window)

    def _common(self, asked: Common) -> list[Edge]:
        """Two queries, of which the first asks which list is the shorter one."""
        relation, first, second = asked.relation, asked.first, asked.second
        alias, kinds = self.read_alias, asked.window.identifiers
        [(one, other)] = run(alias, queries.lengths(relation, (first, second), kinds))
        if not (one and other):
            return []
        if other * MUCH_SHORTER < one:
            dialect = dialect_for(connections[alias])
            tables, where = queries.of_second(relation, first, second, kinds, dialect)
        else:
            tables = queries.EDGES
            where = queries.of_both(relation, first, second, kinds)
        where = self._beyond(where, first.direction, asked.window)
        statement = queries.page(first.direction, where, asked.window, tables)
        return edges_of(relation, first, run(alias, statement))

    def _common_count(self, asked: CommonCount) -> int:
        """Two queries, as _common()."""
        alias, both = self.read_alias, (asked.first, asked.second)
        lengths = queries.lengths(asked.relation, both, asked.identifiers)
        [(one, other)] = run(alias, lengths)
        if not (one and other):
            return 0
        short, long = both if one <= other else both[::-1]
        condition = queries.of_both(asked.relation, short, long, asked.identifiers)
        [(count,)] = run(alias, queries.count(condition))
        return int(count)

    def _scan(self, asked: Scan) -> tuple[list[Edge], str | None]:
        raise NotImplementedError

    def _beyond(
        self, condition: Statement, direction: Direction, window: Window
    ) -> Statement:
        """`condition`, and that the edge stands behind the place of `window`."""
        if window.after is None:
            return condition
        where, params = condition
        behind, place = dialect_for(connections[self.read_alias]).beyond(
            window.after,
            to_microseconds(window.after.created),
            queries.columns(direction)[1],
            "<" if window.newest_first else ">",
        )
        return f"{where} AND {behind}", [*params, *place]

    # Around

    def shares_transaction(self, using: str) -> bool:
        return self.write_alias == using

    def atomic(self) -> AbstractContextManager[Any]:
        return transaction.atomic(using=self.write_alias)

    def when_final(self, callback: Callable[[], Any]) -> None:
        transaction.on_commit(callback, using=self.write_alias)

    def graph(
        self, relation: str, registration: Registration, using: str
    ) -> SimpleGraph | None:
        home = self.write_alias
        dialect_for(connections[home])
        if is_same_database(home, using) or (
            is_same_database(home, home_of(registration.model))
            and holds_copy(EdgeRow, home, using)
        ):
            return SimpleGraph(relation, registration, using)
        return None

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return checks.check_database(self.write_alias, **kwargs)

    @property
    def _dialect(self) -> Dialect:
        return dialect_for(connections[self.write_alias])

    def _retry(self, work: Callable[[], T]) -> T:
        """Do `work` again if the database chose it to end a deadlock; inside a
        transaction that is the caller's to decide, for all of it is lost.
        """
        connection = connections[self.write_alias]
        for attempt in range(1, TRIES):
            try:
                return work()
            except OperationalError as exc:
                deadlock = dialect_for(connection).is_deadlock(exc)
                if not (deadlock and connection.get_autocommit()):
                    raise
                # Each a different while, or they would meet again.
                time.sleep(random.random() * LONGEST_PAUSE * attempt)
        return work()


def run(alias: str, statement: Statement) -> list[tuple[Any, ...]]:
    """The rows that `statement` returns."""
    sql, params = statement
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def edges_of(relation: str, whose: Neighbours, rows: Iterable[Any]) -> list[Edge]:
    """The edges of a list, from its other ends."""
    return [
        whose.edge(relation, Ref(identifier, object_id), from_microseconds(created))
        for identifier, object_id, created in rows
    ]


def execute(alias: str, statement: Statement) -> None:
    sql, params = statement
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)


def grouped(
    ends: Iterable[tuple[str, Ref, Ref]], items: Iterable[T]
) -> dict[Group, list[T]]:
    groups: dict[Group, list[T]] = defaultdict(list)
    for (relation, source, target), item in zip(ends, items, strict=True):
        group = Group(relation, source.identifier, target.identifier, None, None)
        groups[group].append(item)
    return groups


def spent_rows(rows: Iterable[tuple[Any, ...]]) -> list[int]:
    """The ids of the rows of counts that are 0: rows `(id, total, *key)`."""
    parts: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for row_id, total, *key in rows:
        parts[tuple(key)].append((row_id, total))
    return [
        row_id
        for rows_of_one in parts.values()
        if sum(total for _, total in rows_of_one) == 0
        for row_id, _ in rows_of_one
    ]
