from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.db import connections
from django.db.utils import DatabaseError

from sequere.backends.simple import triggers
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.sampling import wrong_counts
from sequere.conf import DOCUMENTATION
from sequere.exceptions import InvalidBackend

READ_COMMITTED = "read committed"
ISOLATION = {
    "postgresql": "SHOW transaction_isolation",
    "mysql": "SELECT @@tx_isolation",
}


def check_database(
    alias: str, *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check only the databases that are being checked, and only once migrated."""
    if alias not in (databases or ()):
        return []
    connection = connections[alias]
    try:
        dialect_for(connection)
    except InvalidBackend as exc:
        return [Error(str(exc), id="sequere.E002")]
    try:
        if "sequere_edge" not in connection.introspection.table_names():
            return []
        damaged = triggers.damaged(connection)
        wrong = 0 if damaged else wrong_counts(connection)
        level = isolation(connection)
    except DatabaseError:
        return []
    found: list[CheckMessage] = []
    if damaged:
        found.append(lost_triggers(alias, damaged))
    if wrong:
        found.append(miscounted(alias, wrong))
    if level != READ_COMMITTED:
        found.append(strict_isolation(alias, level))
    return found


def lost_triggers(alias: str, names: set[str]) -> CheckMessage:
    return Error(
        f"Triggers that keep the counts are missing in the database {alias!r}, or are "
        f"not those of this version: {', '.join(sorted(names))}.",
        hint="Create them and count all edges again with `manage.py sequere_verify "
        f"--repair`: {DOCUMENTATION}/howto-operate.html#check-the-triggers",
        id="sequere.E003",
    )


def miscounted(alias: str, wrong: int) -> CheckMessage:
    return Warning(
        f"Counts of the database {alias!r} are wrong: {wrong} of the few that were "
        "compared with the edges. Edges were written without the triggers, such as by "
        "TRUNCATE or from a dump.",
        hint="Correct them with `manage.py sequere_verify --repair`: "
        f"{DOCUMENTATION}/howto-operate.html#verify",
        id="sequere.W013",
    )


def isolation(connection: Any) -> str:
    """Return the isolation level of transactions; SQLite has only one level."""
    sql = ISOLATION.get(connection.vendor)
    if sql is None:
        return READ_COMMITTED
    with connection.cursor() as cursor:
        cursor.execute(sql)
        [level] = cursor.fetchone()
    return str(level).lower().replace("-", " ")


def strict_isolation(alias: str, level: str) -> CheckMessage:
    return Warning(
        f"Transactions of the database {alias!r} are {level}, so writers may wait for "
        "each other's counts, or fail.",
        hint=f"Set the isolation level in the OPTIONS of DATABASES[{alias!r}] to "
        "READ COMMITTED, which is Django's default.",
        id="sequere.W010",
    )
