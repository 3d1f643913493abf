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
    Row,
    Run,
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

#: The columns of a row, which is an array in JSON.
ROW = ", ".join(
    f"json_extract(value, '$[{number}]') AS {name}"
    for number, name in enumerate(
        ("source", "target", "created", "state", "level", "source_key", "target_key")
    )
)
ADD_MANY = (
    f"INSERT INTO sequere_edge ({COLUMNS}) "
    "SELECT %s, %s, source, %s, target, created, state, level "
    f"FROM (SELECT {ROW} FROM json_each(%s)) e WHERE {{guards}}true "
    f"ON CONFLICT ({', '.join(SLOT)}) DO NOTHING "
    "RETURNING from_object_id, to_object_id, state"
)
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
    run: Run, group: Group, rows: Sequence[Row], guards: str
) -> set[tuple[str, str]]:
    """Add the rows whose slot is empty, and return their ends. See Dialect.add()."""
    relation, source, target, *_ = group
    params = [relation, source, target, json.dumps(rows)]
    with without_triggers(run, "sequere_edge_added", "sequere_edge_kept"):
        new = run((ADD_MANY.format(guards=guards), params))
        changes = counting.changes(
            (relation, source, source_id, target, target_id, None, state)
            for source_id, target_id, state in new
        )
        found = [[*count, total] for count, total in sorted(changes.items())]
        run((COUNT_UP, [json.dumps(found)]))
    return {(source_id, target_id) for source_id, target_id, _ in new}


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
