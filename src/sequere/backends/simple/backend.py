from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, TypeVar

from django.core.checks import CheckMessage
from django.db import connections, router, transaction
from django.db.models import IntegerField
from django.db.utils import IntegrityError, OperationalError

from sequere.backends.base import BaseBackend
from sequere.backends.simple import checks
from sequere.backends.simple.dialect import (
    Dialect,
    Group,
    Guard,
    Row,
    Statement,
    placeholders,
)
from sequere.backends.simple.engines import dialect_for
from sequere.clock import from_microseconds, to_microseconds
from sequere.exceptions import InvalidBackend
from sequere.models import CountRow, EdgeRow
from sequere.registration import registry
from sequere.types import Direction, Edge, Pair, Position, Ref
from sequere.utils import batched

T = TypeVar("T")

BATCH_SIZE = 5000
TRIES = 5


class SimpleBackend(BaseBackend):
    """Edges in a table of the SQL database, counted by the database itself.

    SQLite, PostgreSQL and MariaDB. Options: `database`, the alias of the database;
    without it Django's routers decide, as for any model.

    Everything is one statement, of SQL that needs no compiling, but for: several
    types or more than 5,000 edges at once (one each, in a transaction), and forget()
    (two for each 5,000 refs of a type).
    """

    supports_transactions = True
    supports_integrity = True

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

    def _add(self, edges: Sequence[Edge]) -> list[Edge]:
        ends = ((edge.relation, edge.source, edge.target) for edge in edges)
        return self._write(group_ends(ends, edges), self._insert)

    def _remove(self, relation: str, pairs: Sequence[Pair]) -> list[Edge]:
        ends = ((relation, pair.source, pair.target) for pair in pairs)
        return self._write(group_ends(ends, pairs), self._delete)

    def _insert(self, group: Group, edges: Sequence[Edge]) -> Iterable[Edge]:
        alias = self.write_alias
        dialect = self._dialect(alias)
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
            for _, source, target, created in edges
        ]
        guarded = group._replace(source_guard=source_guard, target_guard=target_guard)
        try:
            new = set(run(alias, dialect.insert(guarded, rows)))
        except IntegrityError as exc:
            if not dialect.is_missing_end(exc):
                raise
            return []
        return [e for e in edges if (e.source.object_id, e.target.object_id) in new]

    def _delete(self, group: Group, pairs: Sequence[Pair]) -> Iterable[Edge]:
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
                alias, self._dialect(alias).delete(group, ids)
            )
        ]

    def _write(
        self,
        groups: dict[Group, list[T]],
        work: Callable[[Group, Sequence[T]], Iterable[Edge]],
    ) -> list[Edge]:
        batch_size = self._dialect(self.write_alias).batch_size
        batches = [
            (group, batch)
            for group, items in groups.items()
            # In one order, so that two writers of the same edges do not deadlock.
            for batch in batched(sorted(items), batch_size)  # type: ignore[type-var]
        ]

        def write() -> list[Edge]:
            with self.atomic() if len(batches) > 1 else nullcontext():
                return [edge for batch in batches for edge in work(*batch)]

        return self._retry(write)

    def _forget(self, refs: Sequence[Ref]) -> None:
        batches = [
            (identifier, batch)
            for identifier, object_ids in group_ids(refs).items()
            for batch in batched(sorted(object_ids), BATCH_SIZE)
        ]

        def forget() -> None:
            with self.atomic():
                for identifier, batch in batches:
                    self._forget_batch(identifier, batch)

        self._retry(forget)

    def _forget_batch(self, identifier: str, object_ids: Sequence[str]) -> None:
        alias = self.write_alias
        dialect = self._dialect(alias)
        run(alias, dialect.delete_all(identifier, object_ids))
        # The rows of a count may be left as +1 and -1.
        rows = run(
            alias,
            (
                "SELECT id, object_id, relation, direction, other_identifier, total "
                "FROM sequere_count WHERE identifier = %s "
                f"AND object_id IN ({placeholders(len(object_ids))})"
                f"{dialect.skip_locked}",
                [identifier, *object_ids],
            ),
        )
        rest: dict[Any, list[tuple[int, int]]] = defaultdict(list)
        for row_id, *key, total in rows:
            rest[tuple(key)].append((row_id, total))
        spent = [
            row_id
            for parts in rest.values()
            if sum(total for _, total in parts) == 0
            for row_id, _ in parts
        ]
        for batch in batched(spent, BATCH_SIZE):
            ids = placeholders(len(batch))
            run(alias, (f"DELETE FROM sequere_count WHERE id IN ({ids})", [*batch]))

    def clear(self) -> None:
        with self.atomic():
            for model in (EdgeRow, CountRow):
                run(self.write_alias, (f"DELETE FROM {model._meta.db_table}", []))

    # Reading

    def _lookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> dict[Ref, datetime]:
        me, other = columns(direction)
        found: dict[Ref, datetime] = {}
        for batch in batched(others, BATCH_SIZE):
            either, ids = any_of(other, batch)
            rows = run(
                self.read_alias,
                (
                    f"SELECT {other}_identifier, {other}_object_id, created "
                    f"FROM sequere_edge WHERE {me}_identifier = %s "
                    f"AND {me}_object_id = %s AND relation = %s AND {either}",
                    [*ref, relation, *ids],
                ),
            )
            for identifier, object_id, created in rows:
                found[Ref(identifier, object_id)] = from_microseconds(created)
        return found

    def _page(
        self, relation: str, ref: Ref, direction: Direction, **options: Any
    ) -> list[Edge]:
        where, params = of_ref(relation, ref, direction, options["identifiers"])
        return self._edges(relation, ref, direction, (where, params), **options)

    def friends(self, relation: str, ref: Ref, **options: Any) -> list[Edge]:
        """See BaseBackend.friends(). One query."""
        identifiers = options.setdefault("identifiers", None)
        defaults = {"after": None, "offset": 0, "newest_first": True}
        return self._edges(
            relation,
            ref,
            "followings",
            of_friends(relation, ref, identifiers),
            **{**defaults, **options},
        )

    def friends_count(
        self, relation: str, ref: Ref, *, identifiers: Iterable[str] | None = None
    ) -> int:
        """See BaseBackend.friends_count(). One query, that reads the followings."""
        where, params = of_friends(relation, ref, identifiers)
        query = f"SELECT COUNT(*) FROM sequere_edge e WHERE {where}"
        [(count,)] = run(self.read_alias, (query, params))
        return int(count)

    def _edges(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        condition: Statement,
        *,
        identifiers: Sequence[str] | None,
        after: Position | None,
        limit: int,
        offset: int,
        newest_first: bool,
    ) -> list[Edge]:
        alias = self.read_alias
        _, other = columns(direction)
        where, params = condition
        if after is not None:
            behind, position = self._dialect(alias).beyond(
                after,
                to_microseconds(after.created),
                other,
                "<" if newest_first else ">",
            )
            where, params = f"{where} AND {behind}", params + position
        order = ", ".join(
            f"{column} {'DESC' if newest_first else 'ASC'}"
            for column in ("created", f"{other}_identifier", f"{other}_object_id")
        )
        rows = run(
            alias,
            (
                f"SELECT {other}_identifier, {other}_object_id, created "
                f"FROM sequere_edge e WHERE {where} ORDER BY {order} "
                f"LIMIT %s OFFSET %s",
                [*params, limit, offset],
            ),
        )
        seen = ((Ref(i, o), from_microseconds(created)) for i, o, created in rows)
        if direction == "followers":
            return [Edge(relation, it, ref, created) for it, created in seen]
        return [Edge(relation, ref, it, created) for it, created in seen]

    def _counts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        *,
        identifiers: Sequence[str] | None,
    ) -> dict[Ref, int]:
        found: dict[Ref, int] = {}
        kinds, names = in_identifiers("other_identifier", identifiers)
        for batch in batched(refs, BATCH_SIZE):
            either, ids = any_of("", batch)
            rows = run(
                self.read_alias,
                (
                    "SELECT identifier, object_id, SUM(total) FROM sequere_count "
                    f"WHERE {either} AND relation = %s AND direction = %s{kinds} "
                    "GROUP BY identifier, object_id",
                    [*ids, relation, direction, *names],
                ),
            )
            for identifier, object_id, total in rows:
                found[Ref(identifier, object_id)] = int(total)
        return found

    # Around

    def shares_transaction(self, using: str) -> bool:
        return self.write_alias == using

    def atomic(self) -> AbstractContextManager[Any]:
        return transaction.atomic(using=self.write_alias)

    def when_final(self, callback: Callable[[], Any]) -> None:
        transaction.on_commit(callback, using=self.write_alias)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return checks.check_database(self.write_alias, **kwargs)

    def _dialect(self, alias: str) -> Dialect:
        return dialect_for(connections[alias])

    def _retry(self, work: Callable[[], T]) -> T:
        """Do `work` again if the database chose it to end a deadlock; inside a
        transaction that is the caller's to decide, for all of it is lost.
        """
        connection = connections[self.write_alias]
        for _ in range(TRIES - 1):
            try:
                return work()
            except OperationalError as exc:
                deadlock = dialect_for(connection).is_deadlock(exc)
                if connection.in_atomic_block or not deadlock:
                    raise
        return work()


def run(alias: str, statement: Statement) -> list[tuple[Any, ...]]:
    sql, params = statement
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def guard(identifier: str, alias: str) -> tuple[Guard | None, Callable[[str], Any]]:
    """The table that holds the resources of `identifier`, if `alias` does; and what
    makes a key of that table from an object id.
    """
    registration = registry.find(identifier)
    if registration is None or router.db_for_write(registration.model) != alias:
        return None, no_key
    connection = connections[alias]
    quote = connection.ops.quote_name
    pk = registration.pk

    def key(object_id: str) -> Any:
        value = registration.key(object_id)
        return pk.get_db_prep_value(value, connection, prepared=False)

    table = Guard(
        quote(registration.model._meta.db_table),
        quote(pk.column),
        pk.rel_db_type(connection) or "",
    )
    return table, int if isinstance(pk, IntegerField) else key


def no_key(object_id: str) -> None:
    return None


def group_ends(
    ends: Iterable[tuple[str, Ref, Ref]], items: Iterable[T]
) -> dict[Group, list[T]]:
    groups: dict[Group, list[T]] = defaultdict(list)
    for (relation, source, target), item in zip(ends, items, strict=True):
        key = Group(relation, source.identifier, target.identifier, None, None)
        groups[key].append(item)
    return groups


def group_ids(refs: Iterable[Ref]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for identifier, object_id in refs:
        groups[identifier].append(object_id)
    return groups


def columns(direction: Direction) -> tuple[str, str]:
    """The prefix of this end's columns, and of the other's."""
    return ("to", "from") if direction == "followers" else ("from", "to")


def any_of(prefix: str, refs: Sequence[Ref]) -> Statement:
    """The condition that columns name one of `refs`."""
    name = f"{prefix}_" if prefix else ""
    conditions, params = [], []
    for identifier, ids in group_ids(refs).items():
        conditions.append(
            f"({name}identifier = %s AND {name}object_id IN ({placeholders(len(ids))}))"
        )
        params += [identifier, *ids]
    return f"({' OR '.join(conditions)})", params


def in_identifiers(column: str, identifiers: Iterable[str] | None) -> Statement:
    if identifiers is None:
        return "", []
    names = list(identifiers)
    return f" AND {column} IN ({placeholders(len(names))})", names


def of_ref(
    relation: str, ref: Ref, direction: Direction, identifiers: Iterable[str] | None
) -> Statement:
    me, other = columns(direction)
    kinds, names = in_identifiers(f"{other}_identifier", identifiers)
    return (
        f"{me}_identifier = %s AND {me}_object_id = %s AND relation = %s{kinds}",
        [*ref, relation, *names],
    )


def of_friends(relation: str, ref: Ref, identifiers: Iterable[str] | None) -> Statement:
    where, params = of_ref(relation, ref, "followings", identifiers)
    return (
        f"{where} AND EXISTS (SELECT 1 FROM sequere_edge back "
        "WHERE back.from_identifier = e.to_identifier "
        "AND back.from_object_id = e.to_object_id AND back.relation = e.relation "
        "AND back.to_identifier = %s AND back.to_object_id = %s)",
        [*params, *ref],
    )
