from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sequere.backends.simple import sqlite_counts as counts
from sequere.backends.simple import sqlite_many
from sequere.backends.simple.dialect import (
    COLUMNS,
    IS_EDGE,
    OF_GROUP,
    SLOT,
    Change,
    Dialect,
    Group,
    Guard,
    Row,
    Run,
    Runner,
    Shift,
    Slot,
    Statement,
    by_identifier,
    flat,
    of_shift,
    placeholders,
    same,
    shifted,
    values,
)
from sequere.backends.simple.sqlite_counts import BY_SLOT
from sequere.batching import batched
from sequere.questions import Lookup
from sequere.types import Ref

#: A row takes up to eight of the 32,766 parameters that a statement may have.
VALUES_SIZE = 4_000

#: The names of the parameters of a statement.
NAMES = tuple(f"p{number}" for number in range(32))


@lru_cache(maxsize=512)
def named(sql: str, count: int) -> str:
    """Return `sql` with a name in place of each `%s`."""
    return sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in NAMES[:count])


# SQLite has one writer at a time: a row that is missing now is missing at the insert.
OCCUPIED = (
    f"SELECT 1 FROM sequere_edge o {BY_SLOT} WHERE o.from_object_id = e.source "
    "AND o.from_identifier = %s AND o.relation = %s "
    "AND o.to_object_id = e.target AND o.to_identifier = %s"
)


REMOVE = (
    f"DELETE FROM sequere_edge {BY_SLOT} WHERE {same('')} AND {{}} RETURNING {OF_GROUP}"
)
REMOVE_MANY = (
    "DELETE FROM sequere_edge WHERE id IN (SELECT e.id "
    f"FROM json_each(%s) o CROSS JOIN sequere_edge e {BY_SLOT} "
    "WHERE e.from_object_id = json_extract(o.value, '$[0]') "
    "AND e.from_identifier = %s AND e.relation = %s "
    "AND e.to_object_id = json_extract(o.value, '$[1]') "
    "AND e.to_identifier = %s AND {}) "
    f"RETURNING {OF_GROUP}"
)
IS_TAKEN = " AND ".join(
    f"e.{column} = json_extract(o.value, '$[{number}]')"
    for number, column in enumerate(SLOT)
)


class SQLiteDialect(Dialect):
    """SQLite has one writer at a time, so every count has one row."""

    batch_size = 50_000
    many = sqlite_many.MANY
    skip_locked = ""
    by_slot = BY_SLOT
    contains = f"SELECT 1 FROM sequere_edge {BY_SLOT} WHERE {same('')} AND state = 0"
    stored_triggers = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
        "AND tbl_name = 'sequere_edge'"
    )
    triggers = counts.TRIGGERS
    drop_triggers = counts.DROP
    create_triggers = counts.CREATE
    has_one_row = True

    def bound(self, statement: Statement) -> tuple[str, Any]:
        """Name the parameters, unless there are many: for each execution, Django
        searches the SQL for `%s` with a regular expression, but formats names at once.
        """
        sql, params = statement
        if len(params) > len(NAMES):
            return statement
        return named(sql, len(params)), dict(zip(NAMES, params, strict=False))

    def add(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        if len(rows) >= self.many and sqlite_many.are_plain(rows):
            return sqlite_many.add_many(database, group, rows)
        batches = batched(rows, VALUES_SIZE)
        return set().union(*(add(database.run, group, batch) for batch in batches))

    def put(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        new, run = self.add(database, group, rows), database.run
        # Rows go one at a time, for a join might read all edges: see lookup().
        sql = (
            f"{rows_as_e(1)} UPDATE sequere_edge AS o {BY_SLOT} "
            "SET created = e.created, state = e.state, level = e.level FROM e "
            f"WHERE {guards(*group[3:])}o.from_object_id = e.source "
            "AND o.from_identifier = %s AND o.relation = %s "
            "AND o.to_object_id = e.target AND o.to_identifier = %s "
            f"AND o.{IS_EDGE} "
            "AND (o.created, o.state, o.level) <> (e.created, e.state, e.level) "
            "RETURNING from_object_id, to_object_id"
        )
        ends = [group.source, group.relation, group.target]
        there = [row for row in rows if row[:2] not in new]
        changed = [end for row in there for end in run((sql, [*row, *ends]))]
        return new | {(source, target) for source, target in changed}

    def remove(
        self, run: Run, group: Group, pairs: Sequence[tuple[str, str]], condition: str
    ) -> list[tuple[Any, ...]]:
        relation, source, target, *_ = group
        if len(pairs) > 1:
            params = [json.dumps(pairs), source, relation, target]
            many = REMOVE_MANY.format(condition), params
            if not reads_table(run, many):
                return run(many)
        one = REMOVE.format(condition)
        return [
            row
            for source_id, target_id in pairs
            for row in run((one, [source_id, source, relation, target_id, target]))
        ]

    def remove_all(
        self, run: Run, identifier: str, object_ids: Sequence[str], *, report: bool
    ) -> list[tuple[Any, ...]]:
        ids, params = placeholders(len(object_ids)), [identifier, *object_ids]
        return sqlite_many.remove_all(run, ids, params, report=report)

    def shift(self, run: Run, shift: Shift, *, report: bool) -> list[tuple[Any, ...]]:
        state, ref = shifted(shift)
        where, params = of_shift(shift)
        sql = f"UPDATE sequere_edge SET state = {state} WHERE {where}"
        return run((f"{sql} RETURNING {COLUMNS}" if report else sql, [*ref, *params]))

    def change(
        self, run: Run, slots: Sequence[Slot], change: Change
    ) -> list[tuple[Any, ...]]:
        sql = (
            f"UPDATE sequere_edge AS e {BY_SLOT} SET {change.assignment} "
            f"FROM json_each(%s) o WHERE {IS_TAKEN} AND {change.condition} "
            f"RETURNING {COLUMNS}"
        )
        return run((sql, [*change.values, keys(slots)]))

    def change_to(
        self, run: Run, relation: str, target: Ref, change: Change
    ) -> list[tuple[Any, ...]]:
        sql = (
            "UPDATE sequere_edge INDEXED BY sequere_edge_followers "
            f"SET {change.assignment} WHERE to_object_id = %s AND to_identifier = %s "
            f"AND relation = %s AND {change.condition} RETURNING {COLUMNS}"
        )
        return run((sql, [*change.values, *target[::-1], relation]))

    def occupy(
        self, run: Run, slots: Sequence[Slot], bars: Sequence[int]
    ) -> list[tuple[Any, ...]]:
        taken = self.taken(run, slots)
        found = {Slot(row[1], row[2], row[4], row[3], row[5]) for row in taken}
        empty = [
            [*slot.key, bar, 0, 0]
            for slot, bar in zip(slots, bars, strict=True)
            if slot not in found
        ]
        sql = f"INSERT INTO sequere_edge ({', '.join(SLOT)}, state, created, level)"
        for batch in batched(empty, VALUES_SIZE):
            run((f"{sql} VALUES {values(len(batch), 8)}", flat(batch)))
        return taken

    def bar(self, run: Run, rows: Sequence[tuple[Any, ...]], state: int) -> None:
        # Rows go one at a time, as in lift(): SQLite may read all edges for many ids.
        for row in rows:
            super().bar(run, [row], state)

    def lift(self, run: Run, rows: Sequence[tuple[Any, ...]]) -> None:
        for row in rows:
            super().lift(run, [row])

    def taken(
        self, run: Run, slots: Sequence[Slot], *, lock: bool = False
    ) -> list[tuple[Any, ...]]:
        # A join would be slow here: see lookup().
        sql = (
            "SELECT o.value, (SELECT json_array(id, created, state, level) "
            f"FROM sequere_edge e {BY_SLOT} WHERE {IS_TAKEN}) FROM json_each(%s) o"
        )
        return [
            (row_id, relation, source, source_id, target, target_id, *state)
            for slot, found in run((sql, [keys(slots)]))
            if found is not None
            for source_id, source, relation, target_id, target in [json.loads(slot)]
            for row_id, *state in [json.loads(found)]
        ]

    def among(self, others: Sequence[Ref]) -> Statement:
        pairs = "json_each(%s) kind CROSS JOIN json_each(kind.value) other"
        return (
            f"(SELECT kind.key AS identifier, other.value AS object_id FROM {pairs}) o",
            [json.dumps(by_identifier(others))],
        )

    def lookup(self, asked: Lookup) -> Statement:
        # For a join, SQLite would read all edges to make a Bloom filter, if there were
        # fewer edges when its statistics were made. LIMIT makes one look-up per ref.
        direction = asked.direction
        me, other = ("to", "from") if direction == "followers" else ("from", "to")
        return (
            "SELECT * FROM (SELECT kind.key, o.value, ("
            f"SELECT created FROM sequere_edge {BY_SLOT} "
            f"WHERE {me}_identifier = %s AND {me}_object_id = %s AND relation = %s "
            f"AND {other}_identifier = kind.key AND {other}_object_id = o.value "
            f"AND state = {asked.state}) AS since "
            "FROM json_each(%s) kind CROSS JOIN json_each(kind.value) o LIMIT -1) "
            "WHERE since IS NOT NULL",
            [*asked.ref, asked.relation, json.dumps(by_identifier(asked.others))],
        )


def reads_table(run: Run, statement: Statement) -> bool:
    """Would SQLite read all edges to find some ids? SQLite would, if the table had a
    few dozen rows when its statistics were made, whatever the table has now.
    """
    sql, params = statement
    plan = [str(row[-1]) for row in run((f"EXPLAIN QUERY PLAN {sql}", params))]
    return any(step.startswith("SCAN") and "sequere_edge" in step for step in plan)


def add(run: Run, group: Group, rows: Sequence[Row]) -> set[tuple[str, str]]:
    relation, source, target, *ends = group
    params = [*flat(rows), relation, source, target, source, relation, target]
    return set(run((insertion(len(rows), *ends), params)))


@lru_cache(maxsize=32)
def insertion(count: int, source: Guard | None, target: Guard | None) -> str:
    return (
        f"{rows_as_e(count)} INSERT INTO sequere_edge ({COLUMNS}) "
        "SELECT %s, %s, source, %s, target, created, state, level FROM e WHERE "
        f"{guards(source, target)}NOT EXISTS ({OCCUPIED}) "
        "RETURNING from_object_id, to_object_id"
    )


def rows_as_e(count: int) -> str:
    columns = "source, target, created, state, level, source_key, target_key"
    return f"WITH e ({columns}) AS (VALUES {values(count, 7)})"


def guards(source: Guard | None, target: Guard | None) -> str:
    """Return the condition that the ends of `e` have their rows."""
    return "".join(
        f"{sqlite_many.has_row(guard, f'e.{key}')} AND "
        for guard, key in ((source, "source_key"), (target, "target_key"))
        if guard
    )


def keys(slots: Sequence[Slot]) -> str:
    return json.dumps([slot.key for slot in slots])
