"""Writes of many edges on SQLite, without the triggers that count.

A trigger of SQLite runs for each row. A writer of many edges drops triggers, counts its
edges in one statement, and creates the triggers again, all in one transaction: nobody
sees that, because SQLite has one writer, and a rollback undoes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sequere.backends.simple import counting
from sequere.backends.simple.dialect import (
    COLUMNS,
    COUNT_KEY,
    IS_COUNTED,
    IS_STORED,
    SLOT,
    Group,
    Guard,
    Row,
    Run,
    Runner,
    placeholders,
)
from sequere.backends.simple.sqlite_counts import (
    ADD,
    BY_KEY,
    DELETE_SPENT,
    TRIGGERS,
    key,
)

#: From so many edges on, the triggers cost more than their absence: the other
#: connections read the schema again.
MANY = 1000

#: The ids of edges never go back, so the edges of a writer are behind this id.
LAST = "SELECT COALESCE(MAX(id), 0) FROM sequere_edge"
ADD_ONE = (
    f"INSERT INTO sequere_edge ({COLUMNS}) VALUES ({placeholders(8)}) "
    f"ON CONFLICT ({', '.join(SLOT)}) DO NOTHING"
)
ADDED = f"SELECT {COLUMNS} FROM sequere_edge WHERE id > %s"
#: Each array in JSON is the key of a count, and the number of edges to add to it.
COUNT_UP = (
    f"INSERT INTO sequere_count ({COUNT_KEY}, total) SELECT "
    + ", ".join(f"json_extract(value, '$[{number}]')" for number in range(7))
    + f" FROM json_each(%s) WHERE true {ADD}"
)


def of_side(side: str) -> str:
    """Return the condition that some objects are at this end of an edge, from a list of
    the objects.
    """
    direction = "followings" if side == "from" else "followers"
    return (
        f"INDEXED BY sequere_edge_{direction} "
        f"WHERE {side}_identifier = %s AND {side}_object_id IN ({{ids}})"
    )


#: By the end that some objects have, a statement counts their edges down at the other
#: end. Edges are not grouped before, because that takes longer.
COUNT_DOWN = {
    side: f"INSERT INTO sequere_count ({COUNT_KEY}, total) "
    f"SELECT {', '.join(key('', direction))}, -1 FROM sequere_edge "
    f"{of_side(side)} AND {IS_COUNTED} {ADD}"
    for side, direction in (("from", "followers"), ("to", "followings"))
}
#: The counts of objects: their number of edges, and their removal with all edges.
EDGES_OF = (
    f"SELECT COALESCE(SUM(total), 0) FROM sequere_count {BY_KEY} "
    "WHERE identifier = %s AND object_id IN ({ids})"
)
FORGET = (
    f"DELETE FROM sequere_count {BY_KEY} "
    "WHERE identifier = %s AND object_id IN ({ids})"
)


def are_plain(rows: Sequence[Row]) -> bool:
    """Can JSON hold the keys of all ends as they are?"""
    return {type(key) for row in rows for key in row[5:]} <= {int, str, type(None)}


def add_many(
    database: Runner, group: Group, rows: Sequence[Row]
) -> set[tuple[str, str]]:
    """Add the rows whose slot is empty, and return their ends. See Dialect.add()."""
    relation, source, target, source_guard, target_guard = group
    run = database.run
    with without_triggers(run, "sequere_edge_added", "sequere_edge_kept"):
        [[last]] = run((LAST, []))
        sources = held(run, source_guard, {row.source_key for row in rows})
        targets = held(run, target_guard, {row.target_key for row in rows})
        edges = [
            (relation, source, row[0], target, row[1], *row[2:5])
            for row in rows
            if row[5] in sources and row[6] in targets
        ]
        all_new = database.run_many(ADD_ONE, edges) == len(edges)
        new = edges if all_new else run((ADDED, [last]))
        changes = counting.changes(new)
        found = [[*count, total] for count, total in sorted(changes.items())]
        run((COUNT_UP, [json.dumps(found)]))
    return {(edge[2], edge[4]) for edge in new}


def held(run: Run, guard: Guard | None, keys: set[Any]) -> set[Any]:
    """Return the keys that have a row."""
    if guard is None:
        return keys
    sql = f"SELECT o.value FROM json_each(%s) o WHERE {has_row(guard, 'o.value')}"
    return {key for [key] in run((sql, [json.dumps(list(keys))]))}


def has_row(guard: Guard, key: str) -> str:
    """Return the condition that a key has a row, whatever the column's collation."""
    return (
        f"EXISTS (SELECT 1 FROM {guard.table} AS held "
        f"WHERE held.{guard.column} = {key} "
        f"AND held.{guard.column} = {key} COLLATE BINARY)"
    )


def remove_all(
    run: Run, ids: str, params: list[Any], *, report: bool
) -> list[tuple[Any, ...]]:
    """Remove all edges of some objects. See Dialect.remove_all()."""
    [[edges]] = run((EDGES_OF.format(ids=ids), params))
    if edges < MANY:
        return remove(run, ids, params, report=report)
    with without_triggers(run, "sequere_edge_removed"):
        for count_down in COUNT_DOWN.values():
            run((count_down.format(ids=ids), params))
        run((FORGET.format(ids=ids), params))
        run((DELETE_SPENT, []))
        return remove(run, ids, params, report=report)


def remove(
    run: Run, ids: str, params: list[Any], *, report: bool
) -> list[tuple[Any, ...]]:
    """Each direction has its own statement, because one statement for both takes
    longer.
    """
    returning = f"RETURNING {COLUMNS}" if report else ""
    return [
        row
        for side in ("from", "to")
        for row in run(
            (
                f"DELETE FROM sequere_edge {of_side(side).format(ids=ids)} "
                f"AND {IS_STORED} {returning}",
                params,
            )
        )
    ]


@contextmanager
def without_triggers(run: Run, *names: str) -> Iterator[None]:
    """Drop triggers meanwhile, in a transaction that an error must roll back."""
    for name in names:
        run((f"DROP TRIGGER IF EXISTS {name}", []))
    yield
    for name in names:
        run((TRIGGERS[name], []))
