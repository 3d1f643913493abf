"""Counts that the backend itself changes, merges, or makes again.

A count is the sum of its rows. A writer that changes several counts takes the rows that
no other writer holds, and leaves one row for each count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sequere.backends.simple.dialect import (
    COUNT_KEY,
    IS_COUNTED,
    Dialect,
    Run,
    Statement,
    placeholders,
    values,
)
from sequere.batching import batched

KEYS = 500

EVERY_COUNT = f"""
    INSERT INTO sequere_count ({COUNT_KEY}, total)
    SELECT to_object_id, to_identifier, relation, 'followers', state,
        from_identifier, COUNT(*)
    FROM sequere_edge WHERE {IS_COUNTED}
    GROUP BY to_object_id, to_identifier, relation, state, from_identifier
    UNION ALL
    SELECT from_object_id, from_identifier, relation, 'followings', state,
        to_identifier, COUNT(*)
    FROM sequere_edge WHERE {IS_COUNTED}
    GROUP BY from_object_id, from_identifier, relation, state, to_identifier
"""


def changes(edges: Iterable[Sequence[Any]], sign: int = 1) -> Counter[Any]:
    """Return the change of each count by edges, which begin with COLUMNS."""
    found: Counter[Any] = Counter()
    for relation, source, source_id, target, target_id, _, state, *_ in edges:
        if state < 2:
            found[target_id, target, relation, "followers", state, source] += sign
            found[source_id, source, relation, "followings", state, target] += sign
    return found


def apply(run: Run, dialect: Dialect, delta: Mapping[Any, int]) -> int:
    """Add to each count; return by how many the number of rows has dropped."""
    surplus = 0
    for keys in batched(delta, KEYS):
        rows = run(dialect.take_counts(keys))
        surplus += merge(run, dialect, rows, {key: delta[key] for key in keys})
    return surplus


def merge(
    run: Run,
    dialect: Dialect,
    rows: Iterable[tuple[Any, ...]],
    delta: Mapping[Any, int],
) -> int:
    """Merge the `rows`, `(id, total, *COUNT_KEY)`, and `delta` of a count into one."""
    ids: dict[Any, list[int]] = defaultdict(list)
    totals = Counter(delta)
    for row_id, total, *key in rows:
        ids[tuple(key)].append(row_id)
        totals[tuple(key)] += int(total)
    new = [(*key, total) for key, total in totals.items() if total and key not in ids]
    changed, spent = {}, []
    for key, (first, *others) in ids.items():
        if totals[key] == 0:
            spent.append(first)
        elif others or delta.get(key):
            changed[first] = totals[key]
        spent += others
    for statement in (
        delete(dialect, spent),
        update(dialect, changed),
        insert(new),
    ):
        if statement:
            run(statement)
    return len(spent)


def delete(dialect: Dialect, ids: Sequence[int]) -> Statement | None:
    if not ids:
        return None
    sql = dialect.delete_by_id.format(table="sequere_count")
    return f"{sql} ({placeholders(len(ids))})", [*ids]


def update(dialect: Dialect, totals: Mapping[int, int]) -> Statement | None:
    if not totals:
        return None
    cases = " ".join(["WHEN %s THEN %s"] * len(totals))
    sql = dialect.update_by_id.format(table="sequere_count")
    return (
        f"{sql} SET total = CASE id {cases} END "
        f"WHERE id IN ({placeholders(len(totals))})",
        [*(value for item in totals.items() for value in item), *totals],
    )


def insert(rows: Sequence[tuple[Any, ...]]) -> Statement | None:
    if not rows:
        return None
    return (
        f"INSERT INTO sequere_count ({COUNT_KEY}, total) VALUES {values(len(rows), 7)}",
        [value for row in rows for value in row],
    )


def rest_of(identifier: str, object_ids: Sequence[str], lock: str) -> Statement:
    """Select leftover rows, such as +1 and -1, of resources without edges."""
    return (
        f"SELECT id, total, {COUNT_KEY} FROM sequere_count WHERE identifier = %s "
        f"AND object_id IN ({placeholders(len(object_ids))}){lock}",
        [identifier, *object_ids],
    )
