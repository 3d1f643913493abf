from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sequere.backends.simple.dialect import (
    COLUMNS,
    Dialect,
    Group,
    Guard,
    Row,
    Statement,
    flat,
    placeholders,
)
from sequere.types import Position

DEADLOCK = 1213
CHECK_FAILED = 4025

# As on PostgreSQL, a writer takes a row of the count that no other writer holds, or
# adds one, and so never waits for another.
COUNT = """
    SET slot = NULL, was = NULL;
    SELECT id, total INTO slot, was FROM sequere_count
    WHERE {key} LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF slot IS NULL AND {may_add} THEN
        INSERT INTO sequere_count
            (identifier, object_id, relation, direction, other_identifier, total)
        VALUES ({row}.{end}_identifier, {row}.{end}_object_id, {row}.relation,
            '{direction}', {row}.{other}_identifier, {change});
    ELSEIF was + {change} = 0 THEN
        DELETE FROM sequere_count WHERE id = slot;
    ELSEIF slot IS NOT NULL THEN
        UPDATE sequere_count SET total = total + {change} WHERE id = slot;
    END IF;
"""

TRIGGER = """
CREATE TRIGGER sequere_edge_{name} AFTER {event} ON sequere_edge FOR EACH ROW
BEGIN
    DECLARE slot BIGINT;
    DECLARE was BIGINT;
    DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;
    {counts}
END
"""


KEY = (
    "identifier = {row}.{end}_identifier AND object_id = {row}.{end}_object_id "
    "AND relation = {row}.relation AND direction = '{direction}' "
    "AND other_identifier = {row}.{other}_identifier"
)


def count(row: str, change: str, direction: str) -> str:
    end, other = ("to", "from") if direction == "followers" else ("from", "to")
    ends = {"row": row, "direction": direction, "end": end, "other": other}
    key = KEY.format(**ends)
    # A count without any row was emptied before its edges, by `manage.py flush`.
    counted = f"EXISTS (SELECT 1 FROM sequere_count WHERE {key})"
    may_add = "TRUE" if row == "NEW" else counted
    return COUNT.format(key=key, change=change, may_add=may_add, **ends)


def trigger(name: str, event: str, **changes: str) -> str:
    """The trigger that counts by `changes`, such as OLD="-1"."""
    counts = [
        count(row, change, direction)
        for row, change in changes.items()
        for direction in ("followers", "followings")
    ]
    return TRIGGER.format(name=name, event=event, counts=" ".join(counts))


class MariaDBDialect(Dialect):
    # The server plans each subselect of insert() anew.
    batch_size = 100

    trigger_names = (
        "SELECT trigger_name FROM information_schema.triggers "
        "WHERE event_object_schema = DATABASE() "
        "AND event_object_table = 'sequere_edge'"
    )
    drop_triggers = (
        "DROP TRIGGER IF EXISTS sequere_edge_added",
        "DROP TRIGGER IF EXISTS sequere_edge_removed",
        "DROP TRIGGER IF EXISTS sequere_edge_changed",
    )
    create_triggers = (
        trigger("added", "INSERT", NEW="1"),
        trigger("removed", "DELETE", OLD="-1"),
        trigger("changed", "UPDATE", OLD="-1", NEW="1"),
    )

    def insert(self, group: Group, rows: Sequence[Row]) -> Statement:
        """A row of each end is locked as a foreign key would lock it, until the end
        of the transaction: so that the end cannot be deleted meanwhile.

        An end without a row is a NULL, which IGNORE makes an empty text, which the
        check of the table keeps out: by an error, if it is the only row. INSERT ...
        SELECT would say it more plainly, but holds a lock on the counter of ids, over
        which writers deadlock.
        """
        source, source_keys = end(group.source_guard)
        target, target_keys = end(group.target_guard)
        params: list[Any] = []
        for row in rows:
            params += (group.relation, group.source, *[row.source_key] * source_keys)
            params += (row.source, group.target, *[row.target_key] * target_keys)
            params += (row.target, row.created)
        each = f"(%s, {source}, %s, {target}, %s, %s)"
        return (
            f"INSERT IGNORE INTO sequere_edge ({COLUMNS}) "
            f"VALUES {', '.join([each] * len(rows))} "
            "RETURNING from_object_id, to_object_id",
            params,
        )

    def delete(self, group: Group, pairs: Sequence[tuple[str, str]]) -> Statement:
        either = ["(from_object_id = %s AND to_object_id = %s)"] * len(pairs)
        return (
            "DELETE FROM sequere_edge WHERE from_identifier = %s AND relation = %s "
            f"AND to_identifier = %s AND ({' OR '.join(either)}) "
            "RETURNING from_object_id, to_object_id, created",
            [group.source, group.relation, group.target, *flat(pairs)],
        )

    def delete_all(self, identifier: str, object_ids: Sequence[str]) -> Statement:
        """Locks in the order of id: two deletions do not wait for each other."""
        ids = placeholders(len(object_ids))
        return (
            "DELETE e FROM ("
            "SELECT id FROM sequere_edge "
            f"WHERE from_identifier = %s AND from_object_id IN ({ids}) UNION "
            "SELECT id FROM sequere_edge "
            f"WHERE to_identifier = %s AND to_object_id IN ({ids}) ORDER BY id"
            ") AS doomed STRAIGHT_JOIN sequere_edge AS e ON e.id = doomed.id",
            [identifier, *object_ids] * 2,
        )

    def beyond(
        self, position: Position, created: int, other: str, op: str
    ) -> Statement:
        # The optimiser makes ranges of an index from this, and not from a row value.
        return (
            f"(e.created {op} %s OR (e.created = %s AND e.{other}_identifier {op} %s) "
            f"OR (e.created = %s AND e.{other}_identifier = %s "
            f"AND e.{other}_object_id {op} %s))",
            [
                *(created, created, position.identifier),
                *(created, position.identifier, position.object_id),
            ],
        )

    def is_missing_end(self, exc: Exception) -> bool:
        return bool(exc.args) and exc.args[0] == CHECK_FAILED

    def is_deadlock(self, exc: Exception) -> bool:
        return bool(exc.args) and exc.args[0] == DEADLOCK


def end(guard: Guard | None) -> tuple[str, int]:
    """The identifier of an end that has its row, and how many keys that asks for."""
    if guard is None:
        return "%s", 0
    where, keys = f"{guard.column} = %s", 1
    if "char" in guard.type:
        # By the index, and then to the letter, whatever the collation.
        exact = f"CONVERT({guard.column} USING utf8mb4) COLLATE utf8mb4_nopad_bin"
        where, keys = f"{where} AND {exact} = %s", 2
    return f"(SELECT %s FROM {guard.table} WHERE {where} LOCK IN SHARE MODE)", keys
