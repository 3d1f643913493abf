from __future__ import annotations

from collections.abc import Sequence

from sequere.backends.simple.dialect import (
    COLUMNS,
    Dialect,
    Group,
    Guard,
    Row,
    Statement,
    placeholders,
)

DEADLOCK = "40P01"

# Counts change by one statement for all edges of a statement. It takes, for each
# count, a row that no other writer holds (SKIP LOCKED), or adds one: so that nobody
# waits for, or deadlocks with, another writer to a celebrity's count.
#
# Its plan may be made while the table is still empty, and be used for an import of
# millions: so it must use the index by its shape, not by what the planner expects.
COUNT = """
CREATE OR REPLACE FUNCTION sequere_count_{name}() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    WITH delta AS (
        SELECT to_identifier AS identifier, to_object_id AS object_id, relation,
            'followers' AS direction, from_identifier AS other_identifier,
            {sign}count(*) AS total
        FROM edges GROUP BY 1, 2, 3, 5
        UNION ALL
        SELECT from_identifier, from_object_id, relation,
            'followings', to_identifier, {sign}count(*)
        FROM edges GROUP BY 1, 2, 3, 5
    ), free AS (
        SELECT delta.*, slot.id, slot.total AS was FROM delta LEFT JOIN LATERAL (
            SELECT c.id, c.total FROM sequere_count c
            WHERE c.identifier = delta.identifier
                AND c.object_id = delta.object_id
                AND c.relation = delta.relation
                AND c.direction = delta.direction
                AND c.other_identifier = delta.other_identifier
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) slot ON true
    ), emptied AS (
        DELETE FROM sequere_count
        WHERE id = ANY (ARRAY(SELECT id FROM free WHERE was + total = 0))
    ), changed AS (
        UPDATE sequere_count c SET total = free.was + free.total
        FROM free WHERE c.id = free.id AND free.was + free.total <> 0
    )
    INSERT INTO sequere_count
        (identifier, object_id, relation, direction, other_identifier, total)
    SELECT identifier, object_id, relation, direction, other_identifier, total
    FROM free WHERE id IS NULL;
    RETURN NULL;
END $$
"""

TRIGGER = """
CREATE TRIGGER sequere_edge_{name} AFTER {event} ON sequere_edge
REFERENCING {table} TABLE AS edges
FOR EACH STATEMENT EXECUTE FUNCTION sequere_count_{function}()
"""


def trigger(name: str, event: str, table: str, function: str) -> str:
    return TRIGGER.format(name=name, event=event, table=table, function=function)


class PostgreSQLDialect(Dialect):
    batch_size = 50_000
    needs_keys = False
    join = "JOIN"
    fence = "OFFSET 0"
    trigger_names = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'sequere_edge'::regclass"
    )
    drop_triggers = (
        "DROP TRIGGER IF EXISTS sequere_edge_added ON sequere_edge",
        "DROP TRIGGER IF EXISTS sequere_edge_removed ON sequere_edge",
        "DROP TRIGGER IF EXISTS sequere_edge_changed ON sequere_edge",
        "DROP TRIGGER IF EXISTS sequere_edge_changed_to ON sequere_edge",
        "DROP FUNCTION IF EXISTS sequere_count_added",
        "DROP FUNCTION IF EXISTS sequere_count_removed",
    )
    create_triggers = (
        COUNT.format(name="added", sign=""),
        COUNT.format(name="removed", sign="-"),
        trigger("added", "INSERT", "NEW", "added"),
        trigger("removed", "DELETE", "OLD", "removed"),
        trigger("changed", "UPDATE", "OLD", "removed"),
        trigger("changed_to", "UPDATE", "NEW", "added"),
    )

    def insert(self, group: Group, rows: Sequence[Row]) -> Statement:
        """A row of each end is locked as a foreign key would lock it, until the end
        of the transaction: so that the end cannot be deleted meanwhile.
        """
        if len(rows) == 1:
            return self.insert_one(group, rows[0])
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
            "SELECT %s, %s, e.source, %s, e.target, e.created "
            "FROM unnest(%s::text[], %s::text[], %s::bigint[]) "
            "AS e (source, target, created) "
            f"{' '.join(joins)} {lock} "
            "ON CONFLICT DO NOTHING RETURNING from_object_id, to_object_id",
            [
                *(group.relation, group.source, group.target),
                array([row.source for row in rows]),
                array([row.target for row in rows]),
                array([str(row.created) for row in rows]),
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
            f"SELECT %s, %s, %s, %s, %s, %s {held} "
            "ON CONFLICT DO NOTHING RETURNING from_object_id, to_object_id",
            [
                *(group.relation, group.source, row.source),
                *(group.target, row.target, row.created),
                *(object_id for _, _, object_id in ends),
            ],
        )

    def is_deadlock(self, exc: Exception) -> bool:
        # By the names of psycopg 3 and of psycopg2.
        return any(
            getattr(exc.__cause__, name, None) == DEADLOCK
            for name in ("sqlstate", "pgcode")
        )

    def delete(self, group: Group, pairs: Sequence[tuple[str, str]]) -> Statement:
        if len(pairs) == 1:
            using, ends, params = "", ("%s", "%s"), [*pairs[0]]
        else:
            using = "USING unnest(%s::text[], %s::text[]) AS e (source, target)"
            ends = ("e.source", "e.target")
            params = [array(ids) for ids in zip(*pairs, strict=True)]
        where = [f"from_object_id = {ends[0]}", f"to_object_id = {ends[1]}"]
        return (
            f"DELETE FROM sequere_edge {using} WHERE {' AND '.join(where)} "
            "AND from_identifier = %s AND relation = %s AND to_identifier = %s "
            "RETURNING from_object_id, to_object_id, created",
            [*params, group.source, group.relation, group.target],
        )

    def delete_all(self, identifier: str, object_ids: Sequence[str]) -> Statement:
        """Locks in the order of id: two deletions never wait for each other."""
        ids = placeholders(len(object_ids))
        return (
            "DELETE FROM sequere_edge WHERE id IN (SELECT id FROM sequere_edge "
            f"WHERE (from_identifier = %s AND from_object_id IN ({ids})) "
            f"OR (to_identifier = %s AND to_object_id IN ({ids})) "
            "ORDER BY id FOR UPDATE)",
            [identifier, *object_ids] * 2,
        )


def array(texts: Sequence[str]) -> str:
    """An array literal: the drivers' own adaption of lists takes five times as long."""
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return "{" + ",".join([f'"{text}"' for text in quoted]) + "}"


def key_type(guard: Guard) -> str:
    # A cast to varchar(n) would cut a key that is too long, and find another's row.
    return "text" if "char" in guard.type else guard.type
