"""MariaDB commits each change of the schema at once. A change waits for every open
transaction that has read or written the table, and later readers wait behind it.

So a swap changes no trigger. The triggers that write intents also read the gate, a row
that is closed in the same transaction as the role changes. A writer holds a shared lock
on the gate until its transaction ends, so whoever closes the gate waits for writers,
and nobody else waits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sequere.backends.mirror.dialect import (
    CLOSED_TEXT,
    Dialect,
    columns,
    mark_table,
    of_row,
)
from sequere.backends.simple.dialect import COLUMNS, ENDS, Statement
from sequere.backends.simple.mariadb import DEADLOCK, EXACT, TEXT
from sequere.backends.simple.mariadb_counts import BEGIN

# In the session's own time zone, an hour may come twice.
NOW = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"

LOCK_TIMEOUT = 1205
# While a statement waits for open transactions, others wait behind it. So it gives up
# after a second, and is executed again later.
BRIEFLY = "SET STATEMENT lock_wait_timeout = 1, innodb_lock_wait_timeout = 1 FOR"

TRIGGER = f"""
{BRIEFLY} CREATE OR REPLACE TRIGGER sequere_mirror_{{name}}
AFTER {{event}} ON sequere_edge {BEGIN}
BEGIN
    {{body}}
END
"""
GATE = f"""
    IF (SELECT is_closed FROM sequere_gate WHERE id = 1 LOCK IN SHARE MODE) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{CLOSED_TEXT}';
    END IF;
"""


def intent(row: str) -> str:
    return f"INSERT INTO sequere_intent ({ENDS}) VALUES ({of_row(row, ENDS)});"


def if_changed(columns: str, body: str) -> str:
    new, old = of_row("NEW", columns), of_row("OLD", columns)
    return f"IF ({new}) <> ({old}) THEN {body} END IF;"


def trigger(name: str, event: str, body: str) -> str:
    return TRIGGER.format(name=name, event=event, body=body)


NOTING = {
    "sequere_mirror_added": trigger("added", "INSERT", GATE + intent("NEW")),
    "sequere_mirror_removed": trigger("removed", "DELETE", GATE + intent("OLD")),
    # Some updates of SimpleBackend only lock a row.
    "sequere_mirror_changed": trigger(
        "changed",
        "UPDATE",
        if_changed(COLUMNS, GATE + intent("OLD") + if_changed(ENDS, intent("NEW"))),
    ),
}


def noted(pairs: Sequence[tuple[str, str]]) -> Statement:
    """The optimiser makes no index ranges from a list of row values."""
    ends = f"source {TEXT} PATH '$[0]', target {TEXT} PATH '$[1]'"
    return (
        f"SELECT i.id, {of_row('i', ENDS)} "
        f"FROM JSON_TABLE(%s, '$[*]' COLUMNS ({ends})) o "
        "STRAIGHT_JOIN sequere_intent i FORCE INDEX (sequere_intent_ends) "
        "ON i.from_object_id = o.source AND i.to_object_id = o.target",
        [json.dumps(pairs)],
    )


def deleted(ids: Sequence[int]) -> Statement:
    """With a list of most ids, the optimiser would read and lock the whole table, also
    the intents that others have not committed.
    """
    return (
        "DELETE i FROM JSON_TABLE(%s, '$[*]' COLUMNS (id BIGINT PATH '$')) o "
        "STRAIGHT_JOIN sequere_intent i FORCE INDEX (PRIMARY) ON i.id = o.id",
        [json.dumps(ids)],
    )


def swing(is_closed: bool) -> str:
    return f"{BRIEFLY} UPDATE sequere_gate SET is_closed = {is_closed} WHERE id = 1"


MARIADB = Dialect(
    tables=(
        # InnoDB never gives an id twice. No text of sequere_edge is longer.
        "CREATE TABLE IF NOT EXISTS sequere_intent ("
        "id bigint AUTO_INCREMENT PRIMARY KEY, "
        f"at bigint NOT NULL DEFAULT ({NOW}), {columns(f'varchar(255) {EXACT}')}, "
        "INDEX sequere_intent_ends (from_object_id, to_object_id)) ENGINE = InnoDB",
        "CREATE TABLE IF NOT EXISTS sequere_gate ("
        "id tinyint PRIMARY KEY, is_closed boolean NOT NULL) ENGINE = InnoDB",
        f"{mark_table(f'text {EXACT}')} ENGINE = InnoDB",
        # The gate is open before there is a role.
        "REPLACE INTO sequere_gate SELECT 1, FALSE FROM (SELECT 1) one "
        "WHERE NOT EXISTS (SELECT 1 FROM sequere_mirror)",
    ),
    noting={name: sql.split(BEGIN)[1] for name, sql in NOTING.items()},
    note=tuple(NOTING.values()),
    note_no_more=tuple(f"{BRIEFLY} DROP TRIGGER IF EXISTS {name}" for name in NOTING),
    refuse=(swing(True),),
    accept=(swing(False),),
    drop=(
        f"{BRIEFLY} DROP TABLE IF EXISTS sequere_mirror, sequere_gate, sequere_intent",
    ),
    has_tables="SELECT 1 FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND table_name = 'sequere_mirror'",
    now=NOW,
    sees_latest=lambda connection: connection.isolation_level == "read committed",
    noted=noted,
    deleted=deleted,
    waited=(LOCK_TIMEOUT, DEADLOCK),
)
