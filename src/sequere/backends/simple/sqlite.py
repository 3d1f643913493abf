from __future__ import annotations

from collections.abc import Sequence

from sequere.backends.simple.dialect import (
    COLUMNS,
    Dialect,
    Group,
    Row,
    Statement,
    flat,
    placeholders,
    values,
)

COUNT_KEY = "object_id, identifier, relation, direction, other_identifier"


def key(row: str, direction: str) -> list[str]:
    """The values of COUNT_KEY for one end of the edge `row`."""
    end, other = ("to", "from") if direction == "followers" else ("from", "to")
    return [
        f"{row}.{end}_object_id",
        f"{row}.{end}_identifier",
        f"{row}.relation",
        f"'{direction}'",
        f"{row}.{other}_identifier",
    ]


def count_up(direction: str) -> str:
    return f"""
        INSERT INTO sequere_count ({COUNT_KEY}, total)
        VALUES ({", ".join(key("NEW", direction))}, 1)
        ON CONFLICT ({COUNT_KEY}) DO UPDATE SET total = total + 1;
    """


def count_down(direction: str) -> str:
    where = f"({COUNT_KEY}) = ({', '.join(key('OLD', direction))})"
    return f"""
        UPDATE sequere_count SET total = total - 1 WHERE {where};
        DELETE FROM sequere_count WHERE {where} AND total = 0;
    """


class SQLiteDialect(Dialect):
    """One writer at a time, so that every count is one row."""

    skip_locked = ""
    trigger_names = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' "
        "AND tbl_name = 'sequere_edge'"
    )
    drop_triggers = (
        "DROP TRIGGER IF EXISTS sequere_edge_added",
        "DROP TRIGGER IF EXISTS sequere_edge_removed",
        "DROP TRIGGER IF EXISTS sequere_edge_changed",
    )
    create_triggers = (
        f"""CREATE TRIGGER sequere_edge_added AFTER INSERT ON sequere_edge
        BEGIN {count_up("followers")} {count_up("followings")} END""",
        f"""CREATE TRIGGER sequere_edge_removed AFTER DELETE ON sequere_edge
        BEGIN {count_down("followers")} {count_down("followings")} END""",
        f"""CREATE TRIGGER sequere_edge_changed AFTER UPDATE ON sequere_edge
        BEGIN {count_down("followers")} {count_down("followings")}
            {count_up("followers")} {count_up("followings")} END""",
    )

    def insert(self, group: Group, rows: Sequence[Row]) -> Statement:
        guards = [
            f"EXISTS (SELECT 1 FROM {guard.table} AS held "
            f"WHERE held.{guard.column} = e.{key} "
            f"AND held.{guard.column} = e.{key} COLLATE BINARY)"
            for guard, key in (
                (group.source_guard, "source_key"),
                (group.target_guard, "target_key"),
            )
            if guard
        ]
        return (
            "WITH e (source, target, created, source_key, target_key) "
            f"AS (VALUES {values(len(rows), 5)}) "
            f"INSERT INTO sequere_edge ({COLUMNS}) "
            "SELECT %s, %s, source, %s, target, created FROM e "
            f"WHERE {' AND '.join(guards) or 'true'} "
            "ON CONFLICT DO NOTHING RETURNING from_object_id, to_object_id",
            [*flat(rows), group.relation, group.source, group.target],
        )

    def delete(self, group: Group, pairs: Sequence[tuple[str, str]]) -> Statement:
        return (
            "DELETE FROM sequere_edge WHERE from_identifier = %s AND relation = %s "
            "AND to_identifier = %s AND (from_object_id, to_object_id) "
            f"IN (VALUES {values(len(pairs), 2)}) "
            "RETURNING from_object_id, to_object_id, created",
            [group.source, group.relation, group.target, *flat(pairs)],
        )

    def delete_all(self, identifier: str, object_ids: Sequence[str]) -> Statement:
        ids = placeholders(len(object_ids))
        return (
            "DELETE FROM sequere_edge "
            f"WHERE (from_identifier = %s AND from_object_id IN ({ids})) "
            f"OR (to_identifier = %s AND to_object_id IN ({ids}))",
            [identifier, *object_ids] * 2,
        )
