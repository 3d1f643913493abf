from __future__ import annotations

from sequere.backends.mirror.dialect import (
    CLOSED_TEXT,
    ENDS,
    INDEX,
    Dialect,
    columns,
    mark_table,
)

NOW = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
EVENTS = {"added": "INSERT", "removed": "DELETE", "changed": "UPDATE"}


def ends(row: str) -> str:
    return ", ".join(f"{row}.{column}" for column in ENDS.split(", "))


def intent(row: str, where: str = "") -> str:
    return f"INSERT INTO sequere_intent ({ENDS}) SELECT {ends(row)} {where};"


MOVED = f"WHERE ({ends('NEW')}) <> ({ends('OLD')})"
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
    refusing=REFUSING,
    note=tuple(NOTING.values()),
    note_no_more=tuple(f"DROP TRIGGER IF EXISTS {name}" for name in NOTING),
    refuse=tuple(REFUSING.values()),
    refuse_no_more=tuple(f"DROP TRIGGER IF EXISTS {name}" for name in REFUSING),
    has_tables="SELECT 1 FROM sqlite_master WHERE name = 'sequere_mirror'",
    now=NOW,
    sees_latest=False,
)
