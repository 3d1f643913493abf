from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sequere.backends.simple import postgresql_counts as counts
from sequere.backends.simple.dialect import (
    COLUMNS,
    IN_ORDER,
    IS_EDGE,
    IS_POLICY,
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
    ends_of,
    of_shift,
    same,
    shifted,
)
from sequere.questions import Lookup
from sequere.types import Ref

DEADLOCK = "40P01"
RETURNING = ", ".join(f"sequere_edge.{column}" for column in COLUMNS.split(", "))

KEY = ", ".join(SLOT)
REMOVE = f"DELETE FROM sequere_edge WHERE {same('')} AND {{}} RETURNING {OF_GROUP}"
# The rows are removed in the order of the arrays, which write() has put IN_ORDER.
REMOVE_MANY = (
    "DELETE FROM sequere_edge WHERE id = ANY (ARRAY("
    "SELECT e.id FROM unnest(%s::text[], %s::text[]) o (source, target) "
    "CROSS JOIN LATERAL (SELECT id FROM sequere_edge "
    "WHERE from_object_id = o.source AND from_identifier = %s AND relation = %s "
    "AND to_object_id = o.target AND to_identifier = %s AND {} "
    f"LIMIT 1 FOR UPDATE) e)) RETURNING {OF_GROUP}"
)
ARRAYS = ", ".join(["%s::text[]"] * len(SLOT))
# The content of some slots, in the order of the arrays.
TAKEN = (
    f"FROM unnest({ARRAYS}) o ({KEY}) CROSS JOIN LATERAL (SELECT * FROM sequere_edge s "
    f"WHERE {same('s.', 'o.')} {{}} LIMIT 1 {{}}) e"
)
PUT = (
    f"({KEY}) DO UPDATE SET created = excluded.created, state = excluded.state, "
    f"level = excluded.level WHERE sequere_edge.{IS_EDGE} AND "
    "(sequere_edge.created, sequere_edge.state, sequere_edge.level) "
    "<> (excluded.created, excluded.state, excluded.level)"
)
# The update changes nothing: it locks the row, and returns the row as it was.
OCCUPY = (
    f"INSERT INTO sequere_edge ({KEY}, state, created, level) "
    f"SELECT *, 0, 0 FROM unnest({ARRAYS}, %s::smallint[]) "
    f"ON CONFLICT ({KEY}) DO UPDATE SET state = sequere_edge.state "
    f"RETURNING id, {COLUMNS}"
)


class PostgreSQLDialect(Dialect):
    batch_size = 50_000
    puts_in_steps = False
    needs_keys = False
    fence = "OFFSET 0"
    groups_fast = True
    contains = f"SELECT 1 FROM sequere_edge WHERE {same('')} AND state + 0 = 0"
    triggers = counts.TRIGGERS
    stored_triggers = counts.STORED
    drop_triggers = counts.DROP
    create_triggers = counts.CREATE
    # Each page keeps room for the next version of its rows.
    prepare_tables = ("ALTER TABLE sequere_count SET (fillfactor = 50)",)
    lock_edges = (
        "LOCK TABLE sequere_edge IN SHARE ROW EXCLUSIVE MODE",
        f"SET LOCAL {counts.RECOUNT} = 'on'",
    )
    before_correction = (
        "SELECT pg_advisory_xact_lock('sequere_count'::regclass::oid::bigint)",
        f"SET LOCAL {counts.RECOUNT} = 'on'",
    )

    def add(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        """The row of each end is locked as a foreign key would lock it, until the end
        of the transaction, so that the end cannot be deleted meanwhile.
        """
        return self.insert(database.run, group, rows, "DO NOTHING")

    def put(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        return self.insert(database.run, group, rows, PUT)

    def insert(
        self, run: Run, group: Group, rows: Sequence[Row], conflict: str
    ) -> set[tuple[str, str]]:
        if len(rows) == 1:
            statement = self.insert_one(group, rows[0], conflict)
        else:
            statement = self.insert_many(group, rows, conflict)
        return {(source, target) for source, target in run(statement)}

    def insert_many(
        self, group: Group, rows: Sequence[Row], conflict: str
    ) -> Statement:
        joins, locked = [], []
        for guard, alias, ref in (
            (group.source_guard, "s", "e.source"),
            (group.target_guard, "t", "e.target"),
        ):
            if guard:
                same_row = is_row(guard, alias, ref)
                joins.append(f"JOIN {guard.table} {alias} ON {same_row}")
                locked.append(alias)
        lock = f"FOR KEY SHARE OF {', '.join(locked)}" if locked else ""
        return (
            f"INSERT INTO sequere_edge ({COLUMNS}) "
            "SELECT %s, %s, e.source, %s, e.target, e.created, e.state, e.level "
            "FROM unnest(%s::text[], %s::text[], "
            "%s::bigint[], %s::smallint[], %s::smallint[]) "
            "AS e (source, target, created, state, level) "
            f"{' '.join(joins)} {lock} "
            f"ON CONFLICT {conflict} RETURNING from_object_id, to_object_id",
            [
                *(group.relation, group.source, group.target),
                array([row.source for row in rows]),
                array([row.target for row in rows]),
                array([str(row.created) for row in rows]),
                array([str(row.state) for row in rows]),
                array([str(row.level) for row in rows]),
            ],
        )

    def insert_one(self, group: Group, row: Row, conflict: str) -> Statement:
        """Insert one row, in a form that takes the planner half the time."""
        ends = [
            (guard, alias, object_id)
            for guard, alias, object_id in (
                (group.source_guard, "s", row.source),
                (group.target_guard, "t", row.target),
            )
            if guard
        ]
        tables = ", ".join(f"{guard.table} {alias}" for guard, alias, _ in ends)
        rows = " AND ".join(is_row(guard, alias, "%s") for guard, alias, _ in ends)
        aliases = ", ".join(alias for _, alias, _ in ends)
        held = f"FROM {tables} WHERE {rows} FOR KEY SHARE OF {aliases}" if ends else ""
        return (
            f"INSERT INTO sequere_edge ({COLUMNS}) "
            f"SELECT %s, %s, %s, %s, %s, %s, %s, %s {held} "
            f"ON CONFLICT {conflict} RETURNING from_object_id, to_object_id",
            [
                *(group.relation, group.source, row.source),
                *(group.target, row.target, row.created, row.state, row.level),
                *(each for guard, _, key in ends for each in [key] * names(guard)),
            ],
        )

    def remove(
        self, run: Run, group: Group, pairs: Sequence[tuple[str, str]], condition: str
    ) -> list[tuple[Any, ...]]:
        relation, source, target, *_ = group
        if len(pairs) == 1:
            [(source_id, target_id)] = pairs
            slot = [source_id, source, relation, target_id, target]
            return run((REMOVE.format(condition), slot))
        ids = [array(ids) for ids in zip(*pairs, strict=True)]
        many = REMOVE_MANY.format(condition)
        return run((many, [*ids, source, relation, target]))

    def remove_all(
        self, run: Run, identifier: str, object_ids: Sequence[str], *, report: bool
    ) -> list[tuple[Any, ...]]:
        where, params = ends_of(identifier, object_ids)
        return run(
            (
                "WITH gone AS (DELETE FROM sequere_edge WHERE id = ANY (ARRAY("
                f"SELECT id FROM sequere_edge WHERE {where} {IN_ORDER} FOR UPDATE)) "
                f"RETURNING {COLUMNS}) SELECT * FROM gone"
                f"{'' if report else f' WHERE {IS_POLICY}'}",
                params,
            )
        )

    def shift(self, run: Run, shift: Shift, *, report: bool) -> list[tuple[Any, ...]]:
        state, ref = shifted(shift)
        where, params = of_shift(shift)
        returning = f"RETURNING {RETURNING}" if report else ""
        return run(
            (
                f"WITH held AS MATERIALIZED (SELECT id, {state} AS shifted "
                f"FROM sequere_edge WHERE {where} {IN_ORDER} FOR UPDATE) "
                "UPDATE sequere_edge SET state = held.shifted FROM held "
                f"WHERE sequere_edge.id = held.id {returning}",
                [*ref, *params],
            )
        )

    def change(
        self, run: Run, slots: Sequence[Slot], change: Change
    ) -> list[tuple[Any, ...]]:
        taken = TAKEN.format(f"AND {change.condition}", "FOR UPDATE")
        return run(changed(f"SELECT e.id {taken}", arrays(slots), change))

    def change_to(
        self, run: Run, relation: str, target: Ref, change: Change
    ) -> list[tuple[Any, ...]]:
        held = (
            "SELECT id FROM sequere_edge WHERE to_object_id = %s "
            f"AND to_identifier = %s AND relation = %s AND {change.condition} "
            f"{IN_ORDER} FOR UPDATE"
        )
        return run(changed(held, [*target[::-1], relation], change))

    def hold_end(self, run: Run, guard: Guard, object_id: str, key: Any) -> None:
        where = f"{guard.column} = %s::{key_type(guard)}"
        run((f"SELECT 1 FROM {guard.table} WHERE {where} FOR UPDATE", [object_id]))

    def occupy(
        self, run: Run, slots: Sequence[Slot], bars: Sequence[int]
    ) -> list[tuple[Any, ...]]:
        return run((OCCUPY, [*arrays(slots), array(list(map(str, bars)))]))

    def taken(
        self, run: Run, slots: Sequence[Slot], *, lock: bool = False
    ) -> list[tuple[Any, ...]]:
        columns = ", ".join(f"e.{column}" for column in COLUMNS.split(", "))
        found = TAKEN.format("", "FOR UPDATE" if lock else "")
        return run((f"SELECT e.id, {columns} {found}", arrays(slots)))

    def among(self, others: Sequence[Ref]) -> Statement:
        columns = [array(texts) for texts in zip(*others, strict=True)]
        return "unnest(%s::text[], %s::text[]) o (identifier, object_id)", columns

    def joined(self, slot: str) -> str:
        one = f"SELECT * FROM sequere_edge e WHERE {slot} LIMIT 1"
        return f"CROSS JOIN LATERAL ({one}) e"

    def lookup(self, asked: Lookup) -> Statement:
        me, other = ("to", "from") if asked.direction == "followers" else ("from", "to")
        identifiers, object_ids = (
            array(each) for each in zip(*asked.others, strict=True)
        )
        # The state is hidden, so that the planner does not consider an index of lists:
        # see ListIndex.
        return (
            f"SELECT o.identifier, o.object_id, e.created "
            "FROM unnest(%s::text[], %s::text[]) o (identifier, object_id) "
            "CROSS JOIN LATERAL (SELECT * FROM sequere_edge "
            f"WHERE {me}_identifier = %s AND {me}_object_id = %s AND relation = %s "
            f"AND {other}_identifier = o.identifier "
            f"AND {other}_object_id = o.object_id AND state + 0 = {asked.state} "
            "LIMIT 1) e",
            [identifiers, object_ids, *asked.ref, asked.relation],
        )

    def is_deadlock(self, exc: Exception) -> bool:
        # The names differ between psycopg 3 and psycopg2.
        return any(
            getattr(exc.__cause__, name, None) == DEADLOCK
            for name in ("sqlstate", "pgcode")
        )


def array(texts: Sequence[str]) -> str:
    """Return an array literal: the drivers' adaption of lists takes 5 times as long."""
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return "{" + ",".join([f'"{text}"' for text in quoted]) + "}"


def arrays(slots: Sequence[Slot]) -> list[Any]:
    return [array(texts) for texts in zip(*(slot.key for slot in slots), strict=True)]


def changed(held: str, params: Sequence[Any], change: Change) -> Statement:
    """Change the edges whose ids `held` selects, and locks in order."""
    return (
        f"UPDATE sequere_edge SET {change.assignment} "
        f"WHERE id = ANY (ARRAY({held})) RETURNING {COLUMNS}",
        [*change.values, *params],
    )


def is_row(guard: Guard, alias: str, ref: str) -> str:
    """Compare exactly, whatever the collation; `ref` is used names() times."""
    column, kind = f"{alias}.{guard.column}", key_type(guard)
    exact = f' AND {column} COLLATE "C" = {ref}' if names(guard) > 1 else ""
    return f"{column} = {ref}::{kind}{exact}"


def names(guard: Guard) -> int:
    return 2 if key_type(guard) == "text" else 1


def key_type(guard: Guard) -> str:
    # A cast to varchar(n) would cut a key that is too long, and find another key's row.
    return "text" if "char" in guard.type else guard.type
