from __future__ import annotations

from collections.abc import Sequence

from sequere.backends.mirror.dialect import (
    CLOSED_TEXT,
    DROP_TABLES,
    INDEX,
    Dialect,
    columns,
    mark_table,
    of_row,
)
from sequere.backends.simple.dialect import ENDS, Statement, flat, values

NOW = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
EVENTS = {"added": "INSERT", "removed": "DELETE", "changed": "UPDATE"}


def intent(row: str, where: str = "") -> str:
    return f"INSERT INTO sequere_intent ({ENDS}) SELECT {of_row(row, ENDS)} {where};"


MOVED = f"WHERE ({of_row('NEW', ENDS)}) <> ({of_row('OLD', ENDS)})"
BODIES = {
    "added": intent("NEW"),
    "removed": intent("OLD"),
    "changed": intent("OLD") + intent("NEW", MOVED),
}
NOTING = {
    f"sequere_mirror_{name}": (
        f"CREATE TRIGGER sequere_mirror_{name} AFTER {event} ON sequere_edge "
        f"BEGIN {BODIES[name]} END"
    )
    for name, event in EVENTS.items()
}
REFUSING = {
    f"sequere_mirror_not_{name}": (
        f"CREATE TRIGGER sequere_mirror_not_{name} BEFORE {event} ON sequere_edge "
        f"BEGIN SELECT RAISE(ABORT, '{CLOSED_TEXT}'); END"
    )
    for name, event in EVENTS.items()
}


def noted(pairs: Sequence[tuple[str, str]]) -> Statement:
    """SQLite uses no index for a list of row values, but for this join."""
    return (
        f"WITH o (source, target) AS (VALUES {values(len(pairs), 2)}) "
        f"SELECT i.id, {of_row('i', ENDS)} FROM o CROSS JOIN sequere_intent i "
        "ON i.from_object_id = o.source AND i.to_object_id = o.target",
        flat(pairs),
    )


NOTE_NO_MORE = tuple(f"DROP TRIGGER IF EXISTS {name}" for name in NOTING)
ACCEPT = tuple(f"DROP TRIGGER IF EXISTS {name}" for name in REFUSING)

SQLITE = Dialect(
    tables=(
        # AUTOINCREMENT never gives an id twice.
        "CREATE TABLE IF NOT EXISTS sequere_intent ("
        "id integer PRIMARY KEY AUTOINCREMENT, "
        f"at bigint NOT NULL DEFAULT ({NOW}), {columns('varchar')})",
        INDEX,
        mark_table("varchar"),
    ),
    noting=NOTING,
    note=(*NOTE_NO_MORE, *NOTING.values()),
    note_no_more=NOTE_NO_MORE,
    refuse=(*ACCEPT, *REFUSING.values()),
    accept=ACCEPT,
    drop=(*ACCEPT, *DROP_TABLES),
    has_tables="SELECT 1 FROM sqlite_master WHERE name = 'sequere_mirror'",
    now=NOW,
    sees_latest=lambda connection: False,
    noted=noted,
)
