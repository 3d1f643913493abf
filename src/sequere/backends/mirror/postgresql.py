from __future__ import annotations

from collections.abc import Sequence

from sequere.backends.mirror.dialect import (
    CLOSED_TEXT,
    DROP_TABLES,
    INDEX,
    Dialect,
    columns,
    mark_table,
)
from sequere.backends.simple.dialect import ENDS, Statement, flat, values
from sequere.backends.simple.postgresql_counts import ENTER_SCHEMA

NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
TEXT = 'text COLLATE "C"'

FUNCTION = f"""
CREATE OR REPLACE FUNCTION sequere_mirror_{{name}}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    {ENTER_SCHEMA}
    {{body}}
    RETURN NULL;
END $$
"""
INTENTS = f"INSERT INTO sequere_intent ({ENDS}) {{}};"
OF = f"SELECT {ENDS} FROM {{}}_edges"
OLD, NEW = OF.format("old"), OF.format("new")
BODIES = {
    "added": INTENTS.format(NEW),
    "removed": INTENTS.format(OLD),
    "changed": INTENTS.format(f"{OLD} UNION {NEW}"),
    # The mirror begins again: there is no list of the removed edges.
    "emptied": "UPDATE sequere_mirror SET generation = generation + 1;",
    "closed": f"RAISE EXCEPTION '{CLOSED_TEXT}';",
}
FUNCTIONS = {
    name: FUNCTION.format(name=name, body=body) for name, body in BODIES.items()
}
NEW_TABLE, OLD_TABLE = "NEW TABLE AS new_edges", "OLD TABLE AS old_edges"
EVENTS = {
    "added": f"AFTER INSERT ON sequere_edge REFERENCING {NEW_TABLE}",
    "removed": f"AFTER DELETE ON sequere_edge REFERENCING {OLD_TABLE}",
    "changed": f"AFTER UPDATE ON sequere_edge REFERENCING {OLD_TABLE} {NEW_TABLE}",
    "emptied": "AFTER TRUNCATE ON sequere_edge",
    "closed": "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON sequere_edge",
}


def create(*names: str) -> tuple[str, ...]:
    return tuple(
        statement
        for name in names
        for statement in (
            FUNCTIONS[name],
            # The statement waits for the transactions that have written edges.
            f"CREATE TRIGGER sequere_mirror_{name} {EVENTS[name]} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION sequere_mirror_{name}()",
        )
    )


def drop(*names: str) -> tuple[str, ...]:
    return tuple(
        statement
        for name in names
        for statement in (
            f"DROP TRIGGER IF EXISTS sequere_mirror_{name} ON sequere_edge",
            f"DROP FUNCTION IF EXISTS sequere_mirror_{name}",
        )
    )


def stored(*names: str) -> dict[str, str]:
    """Return the body of the function behind each trigger."""
    return {f"sequere_mirror_{name}": FUNCTIONS[name].split("$$")[1] for name in names}


def noted(pairs: Sequence[tuple[str, str]]) -> Statement:
    return (
        f"SELECT id, {ENDS} FROM sequere_intent WHERE (from_object_id, to_object_id) "
        f"IN (VALUES {values(len(pairs), 2)})",
        flat(pairs),
    )


NOTING = "added", "removed", "changed", "emptied"

POSTGRESQL = Dialect(
    tables=(
        "CREATE TABLE IF NOT EXISTS sequere_intent ("
        "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        f"at bigint NOT NULL DEFAULT {NOW}, {columns(TEXT)})",
        INDEX,
        mark_table("text"),
    ),
    noting=stored(*NOTING),
    note=(*drop(*NOTING), *create(*NOTING)),
    note_no_more=drop(*NOTING),
    refuse=(*drop("closed"), *create("closed")),
    accept=drop("closed"),
    drop=(*drop("closed"), *DROP_TABLES),
    has_tables="SELECT 1 WHERE to_regclass('sequere_mirror') IS NOT NULL",
    now=NOW,
    sees_latest=lambda connection: True,
    noted=noted,
)
