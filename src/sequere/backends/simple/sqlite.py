from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sequere.backends.simple.dialect import (
    COLUMNS,
    COUNT_KEY,
    SLOT,
    Dialect,
    Group,
    Row,
    Run,
    Shift,
    Statement,
    ends_of,
    flat,
    of_shift,
    same,
    shifted,
    values,
)
from sequere.questions import Lookup

# The planner has to be told: with statistics it prefers to read a whole list.
BY_SLOT = "INDEXED BY sequere_edge_once"


def key(row: str, direction: str) -> list[str]:
    """The values of COUNT_KEY for one end of the edge `row`."""
    end, other = ("to", "from") if direction == "followers" else ("from", "to")
    return [
        f"{row}.{end}_object_id",
        f"{row}.{end}_identifier",
        f"{row}.relation",
        f"'{direction}'",
        f"{row}.state",
        f"{row}.{other}_identifier",
    ]


def count_up(direction: str) -> str:
    return f"""
        INSERT INTO sequere_count ({COUNT_KEY}, total)
        SELECT {", ".join(key("NEW", direction))}, 1 WHERE NEW.state < 2
        ON CONFLICT ({COUNT_KEY}) DO UPDATE SET total = total + 1;
    """


def count_down(direction: str) -> str:
    where = f"({COUNT_KEY}) = ({', '.join(key('OLD', direction))})"
    return f"""
        UPDATE sequere_count SET total = total - 1 WHERE {where};
        DELETE FROM sequere_count WHERE {where} AND total = 0;
    """


def refuse(event: str, condition: str) -> str:
    """REPLACE removes a row without calling its trigger, so a row that it would remove
    is an error. The same goes for an occupied slot, which is one without it.
    """
    return f"""
        {event} ON sequere_edge WHEN {condition} BEGIN SELECT RAISE(ABORT,
        'sequere_edge has a row with this id, or an edge in this slot'); END
    """


IN_SLOT = f"SELECT 1 FROM sequere_edge e {BY_SLOT} WHERE {same('e.', 'NEW.')}"
BY_ID = "SELECT 1 FROM sequere_edge e WHERE e.id = NEW.id"

TRIGGERS = {
    "sequere_edge_added": f"""
        CREATE TRIGGER sequere_edge_added AFTER INSERT ON sequere_edge
        BEGIN {count_up("followers")} {count_up("followings")} END
    """,
    "sequere_edge_removed": f"""
        CREATE TRIGGER sequere_edge_removed AFTER DELETE ON sequere_edge
        BEGIN {count_down("followers")} {count_down("followings")} END
    """,
    "sequere_edge_changed": f"""
        CREATE TRIGGER sequere_edge_changed AFTER UPDATE ON sequere_edge
        BEGIN {count_down("followers")} {count_down("followings")}
            {count_up("followers")} {count_up("followings")} END
    """,
    "sequere_edge_kept": refuse(
        "CREATE TRIGGER sequere_edge_kept BEFORE INSERT",
        f"EXISTS ({BY_ID}) OR EXISTS ({IN_SLOT})",
    ),
    "sequere_edge_kept_apart": refuse(
        f"CREATE TRIGGER sequere_edge_kept_apart BEFORE UPDATE OF {', '.join(SLOT)}",
        f"EXISTS ({IN_SLOT} AND e.id <> OLD.id)",
    ),
}


# One writer at a time: what is not there now is not there when the edge is stored.
OCCUPIED = (
    f"SELECT 1 FROM sequere_edge o {BY_SLOT} WHERE o.from_object_id = e.source "
    "AND o.from_identifier = %s AND o.relation = %s "
    "AND o.to_object_id = e.target AND o.to_identifier = %s"
)


CONTAINS = f"SELECT 1 FROM sequere_edge {BY_SLOT} WHERE {same('')} AND state = 0"
REMOVE = (
    f"DELETE FROM sequere_edge {BY_SLOT} WHERE {same('')} AND state < 16 "
    f"RETURNING {COLUMNS}"
)


class SQLiteDialect(Dialect):
    """One writer at a time, so that every count is one row."""

    # Seven parameters a row, of 32,766 that a statement may have.
    batch_size = 4_000
    skip_locked = ""
    stored_triggers = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
        "AND tbl_name = 'sequere_edge'"
    )
    triggers = TRIGGERS
    drop_triggers = tuple(f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS)
    create_triggers = tuple(TRIGGERS.values())
    has_one_row = True

    def add(self, run: Run, group: Group, rows: Sequence[Row]) -> set[tuple[str, str]]:
        guards = [
            f"EXISTS (SELECT 1 FROM {guard.table} AS held "
            f"WHERE held.{guard.column} = e.{key} "
            f"AND held.{guard.column} = e.{key} COLLATE BINARY) AND "
            for guard, key in (
                (group.source_guard, "source_key"),
                (group.target_guard, "target_key"),
            )
            if guard
        ]
        sql = (
            "WITH e (source, target, created, state, level, source_key, target_key) "
            f"AS (VALUES {values(len(rows), 7)}) "
            f"INSERT INTO sequere_edge ({COLUMNS}) "
            "SELECT %s, %s, source, %s, target, created, state, level FROM e WHERE "
            f"{''.join(guards)}NOT EXISTS ({OCCUPIED}) "
            "RETURNING from_object_id, to_object_id"
        )
        ends = [group.relation, group.source, group.target]
        params = [*flat(rows), *ends, group.source, group.relation, group.target]
        return {(source, target) for source, target in run((sql, params))}

    def remove(
        self, run: Run, group: Group, pairs: Sequence[tuple[str, str]]
    ) -> list[tuple[Any, ...]]:
        relation, source, target, *_ = group
        if len(pairs) == 1:
            [(source_id, target_id)] = pairs
            slot = [source_id, source, relation, target_id, target]
            return run((REMOVE, slot))
        found = (
            f"SELECT e.id FROM json_each(%s) o CROSS JOIN sequere_edge e {BY_SLOT} "
            "WHERE e.from_object_id = json_extract(o.value, '$[0]') "
            "AND e.from_identifier = %s AND e.relation = %s "
            "AND e.to_object_id = json_extract(o.value, '$[1]') "
            "AND e.to_identifier = %s AND e.state < 16"
        )
        sql = f"DELETE FROM sequere_edge WHERE id IN ({found}) RETURNING {COLUMNS}"
        return run((sql, [json.dumps(pairs), source, relation, target]))

    def remove_all(
        self, run: Run, identifier: str, object_ids: Sequence[str], *, report: bool
    ) -> list[tuple[Any, ...]]:
        where, params = ends_of(identifier, object_ids)
        returning = f"RETURNING {COLUMNS}" if report else ""
        return run((f"DELETE FROM sequere_edge WHERE {where} {returning}", params))

    def shift(self, run: Run, shift: Shift, *, report: bool) -> list[tuple[Any, ...]]:
        state, ref = shifted(shift)
        where, params = of_shift(shift)
        sql = f"UPDATE sequere_edge SET state = {state} WHERE {where}"
        return run((f"{sql} RETURNING {COLUMNS}" if report else sql, [*ref, *params]))

    def contains(self, run: Run, slot: Sequence[str]) -> bool:
        return bool(run((CONTAINS, [*slot])))

    def lookup(self, asked: Lookup, more: str = "") -> Statement:
        relation, ref = asked.relation, asked.ref
        direction, others = asked.direction, asked.others
        me, other = ("to", "from") if direction == "followers" else ("from", "to")
        return (
            f"SELECT e.{other}_identifier, e.{other}_object_id, e.created{more} "
            f"FROM json_each(%s) o CROSS JOIN sequere_edge e {BY_SLOT} "
            f"WHERE e.{me}_identifier = %s AND e.{me}_object_id = %s "
            f"AND e.relation = %s AND e.state = 0 "
            f"AND e.{other}_identifier = json_extract(o.value, '$[0]') "
            f"AND e.{other}_object_id = json_extract(o.value, '$[1]')",
            [json.dumps(others), *ref, relation],
        )
