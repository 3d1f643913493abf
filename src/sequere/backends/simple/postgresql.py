from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sequere.backends.simple import postgresql_counts as counts
from sequere.backends.simple.dialect import (
    COLUMNS,
    IN_ORDER,
    SLOT,
    Dialect,
    Group,
    Guard,
    Row,
    Run,
    Shift,
    Statement,
    ends_of,
    of_shift,
    same,
    shifted,
)
from sequere.questions import Lookup
from sequere.types import ACTIVE

DEADLOCK = "40P01"
KEY = ", ".join(SLOT)
RETURNING = ", ".join(f"sequere_edge.{column}" for column in COLUMNS.split(", "))


def probe(slot: Sequence[str], columns: str) -> str:
    """A subquery of up to one row: of this slot, or of the next one that is taken.

    Only the unique key has this order, so that it is read and nothing else, whatever
    the planner expects of the lists. The slot has to be compared outside.
    """
    return (
        f"(SELECT {columns} FROM sequere_edge WHERE ({KEY}) >= ({', '.join(slot)}) "
        f"ORDER BY {KEY} LIMIT 1)"
    )


VALUES = ["%s"] * len(SLOT)
CONTAINS = probe(VALUES, f"{KEY}, state")
REMOVE = (
    "DELETE FROM sequere_edge WHERE id = "
    f"(SELECT id FROM {probe(VALUES, f'id, {KEY}')} e WHERE {same('e.')}) "
    f"AND state < 16 RETURNING {COLUMNS}"
)


class PostgreSQLDialect(Dialect):
    batch_size = 50_000
    needs_keys = False
    join = "JOIN"
    fence = "OFFSET 0"
    triggers = counts.TRIGGERS
    stored_triggers = counts.STORED
    drop_triggers = counts.DROP
    create_triggers = counts.CREATE
    # Room for the next version of a row in its own page.
    prepare_tables = ("ALTER TABLE sequere_count SET (fillfactor = 50)",)
    lock_edges = (
        "LOCK TABLE sequere_edge IN SHARE ROW EXCLUSIVE MODE",
        f"SET LOCAL {counts.RECOUNT} = 'on'",
    )
    before_correction = (
        "SELECT pg_advisory_xact_lock('sequere_count'::regclass::oid::bigint)",
        f"SET LOCAL {counts.RECOUNT} = 'on'",
    )

    def add(self, run: Run, group: Group, rows: Sequence[Row]) -> set[tuple[str, str]]:
        """A row of each end is locked as a foreign key would lock it, until the end
        of the transaction: so that the end cannot be deleted meanwhile.
        """
        if len(rows) == 1:
            statement = self.insert_one(group, rows[0])
        else:
            statement = self.insert_many(group, rows)
        return {(source, target) for source, target in run(statement)}

    def insert_many(self, group: Group, rows: Sequence[Row]) -> Statement:
        joins, locked = [], []
        for guard, alias, ref in (
            (group.source_guard, "s", "e.source"),
            (group.target_guard, "t", "e.target"),
        ):
            if guard:
                joins.append(
                    f"JOIN {guard.table} {alias} "
                    f"ON {alias}.{guard.column} = {ref}::{key_type(guard)}"
                )
                locked.append(alias)
        lock = f"FOR KEY SHARE OF {', '.join(locked)}" if locked else ""
        return (
            f"INSERT INTO sequere_edge ({COLUMNS}) "
            "SELECT %s, %s, e.source, %s, e.target, e.created, e.state, e.level "
            "FROM unnest(%s::text[], %s::text[], "
            "%s::bigint[], %s::smallint[], %s::smallint[]) "
            "AS e (source, target, created, state, level) "
            f"{' '.join(joins)} {lock} "
            "ON CONFLICT DO NOTHING RETURNING from_object_id, to_object_id",
            [
                *(group.relation, group.source, group.target),
                array([row.source for row in rows]),
                array([row.target for row in rows]),
                array([str(row.created) for row in rows]),
                array([str(row.state) for row in rows]),
                array([str(row.level) for row in rows]),
            ],
        )

    def insert_one(self, group: Group, row: Row) -> Statement:
        """The same for one row, in a form that takes the planner half the time."""
        ends = [
            (guard, alias, object_id)
            for guard, alias, object_id in (
                (group.source_guard, "s", row.source),
                (group.target_guard, "t", row.target),
            )
            if guard
        ]
        tables = ", ".join(f"{guard.table} {alias}" for guard, alias, _ in ends)
        rows = " AND ".join(
            f"{alias}.{guard.column} = %s::{key_type(guard)}"
            for guard, alias, _ in ends
        )
        aliases = ", ".join(alias for _, alias, _ in ends)
        held = f"FROM {tables} WHERE {rows} FOR KEY SHARE OF {aliases}" if ends else ""
        return (
            f"INSERT INTO sequere_edge ({COLUMNS}) "
            f"SELECT %s, %s, %s, %s, %s, %s, %s, %s {held} "
            "ON CONFLICT DO NOTHING RETURNING from_object_id, to_object_id",
            [
                *(group.relation, group.source, row.source),
                *(group.target, row.target, row.created, row.state, row.level),
                *(object_id for _, _, object_id in ends),
            ],
        )

    def remove(
        self, run: Run, group: Group, pairs: Sequence[tuple[str, str]]
    ) -> list[tuple[Any, ...]]:
        relation, source, target, *_ = group
        if len(pairs) == 1:
            [(source_id, target_id)] = pairs
            slot = [source_id, source, relation, target_id, target]
            return run((REMOVE, [*slot, *slot]))
        sources, targets = (array(ids) for ids in zip(*pairs, strict=True))
        found = probe(["o.source", "%s", "%s", "o.target", "%s"], f"id, {KEY}")
        return run(
            (
                "WITH held AS MATERIALIZED ("
                "SELECT id FROM sequere_edge WHERE state < 16 AND id = ANY (ARRAY("
                "SELECT e.id FROM unnest(%s::text[], %s::text[]) o (source, target) "
                f"CROSS JOIN LATERAL {found} e WHERE e.from_object_id = o.source "
                "AND e.to_object_id = o.target AND e.from_identifier = %s "
                "AND e.relation = %s AND e.to_identifier = %s)) "
                f"{IN_ORDER} FOR UPDATE) "
                "DELETE FROM sequere_edge WHERE id = ANY (ARRAY(SELECT id FROM held)) "
                f"RETURNING {COLUMNS}",
                [sources, targets, *[source, relation, target] * 2],
            )
        )

    def remove_all(
        self, run: Run, identifier: str, object_ids: Sequence[str], *, report: bool
    ) -> list[tuple[Any, ...]]:
        where, params = ends_of(identifier, object_ids)
        returning = f"RETURNING {COLUMNS}" if report else ""
        return run(
            (
                "DELETE FROM sequere_edge WHERE id = ANY (ARRAY("
                f"SELECT id FROM sequere_edge WHERE {where} {IN_ORDER} FOR UPDATE)) "
                f"{returning}",
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

    def contains(self, run: Run, slot: Sequence[str]) -> bool:
        # Compared here, because PostgreSQL takes longer to plan it than to read.
        found = run((CONTAINS, [*slot]))
        return found == [(*slot, ACTIVE)]

    def lookup(self, asked: Lookup, more: str = "") -> Statement:
        relation, ref = asked.relation, asked.ref
        direction, others = asked.direction, asked.others
        me, other = ("to", "from") if direction == "followers" else ("from", "to")
        mine, theirs = ["%s", "%s"], ["o.object_id", "o.identifier"]
        ends = (theirs, mine) if direction == "followers" else (mine, theirs)
        (source_id, source), (target_id, target) = ends
        slot = [source_id, source, "%s", target_id, target]
        # In the order in which the slot names them.
        own = [ref.object_id, ref.identifier]
        params = [relation, *own] if direction == "followers" else [*own, relation]
        identifiers, object_ids = (array(each) for each in zip(*others, strict=True))
        return (
            f"SELECT e.{other}_identifier, e.{other}_object_id, e.created{more} "
            "FROM unnest(%s::text[], %s::text[]) o (identifier, object_id) "
            f"CROSS JOIN LATERAL {probe(slot, f'{KEY}, created, state')} e "
            f"WHERE e.{other}_identifier = o.identifier "
            f"AND e.{other}_object_id = o.object_id AND e.{me}_identifier = %s "
            f"AND e.{me}_object_id = %s AND e.relation = %s AND e.state = 0",
            [identifiers, object_ids, *params, *ref, relation],
        )

    def is_deadlock(self, exc: Exception) -> bool:
        # By the names of psycopg 3 and of psycopg2.
        return any(
            getattr(exc.__cause__, name, None) == DEADLOCK
            for name in ("sqlstate", "pgcode")
        )


def array(texts: Sequence[str]) -> str:
    """An array literal: the drivers' own adaption of lists takes five times as long."""
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return "{" + ",".join([f'"{text}"' for text in quoted]) + "}"


def key_type(guard: Guard) -> str:
    # A cast to varchar(n) would cut a key that is too long, and find another's row.
    return "text" if "char" in guard.type else guard.type
