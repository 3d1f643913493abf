"""The rows that the ends of edges have in the tables of their models, on MariaDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sequere.backends.simple.dialect import Group, Guard, Row, Run


def end(guard: Guard | None) -> tuple[str, int]:
    """Return the identifier of an end that has its row, and how many keys it needs."""
    if guard is None:
        return "%s", 0
    where, keys = f"{guard.column} = %s", 1
    if "char" in guard.type:
        # The index finds the row, and the exact comparison ignores the collation.
        exact = f"CONVERT({guard.column} USING utf8mb4) COLLATE utf8mb4_nopad_bin"
        where, keys = f"{where} AND {exact} = %s", 2
    return f"(SELECT %s FROM {guard.table} WHERE {where} LOCK IN SHARE MODE)", keys


def with_ends(run: Run, group: Group, rows: Sequence[Row]) -> set[tuple[str, str]]:
    """Return the object ids of the rows both of whose ends exist. The ends stay locked
    until the end of the transaction.
    """
    source, source_keys = end(group.source_guard)
    target, target_keys = end(group.target_guard)
    params: list[Any] = []
    for row in rows:
        params += (row.source, row.target)
        params += (group.source, *[row.source_key] * source_keys)
        params += (group.target, *[row.target_key] * target_keys)
    exist = f"{source} IS NOT NULL AND {target} IS NOT NULL"
    each = f"SELECT %s, %s FROM DUAL WHERE {exist}"
    return {*run((" UNION ALL ".join([each] * len(rows)), params))}
