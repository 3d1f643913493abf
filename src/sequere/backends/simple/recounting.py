"""Count all edges again."""

from __future__ import annotations

from django.db import connections, transaction

from sequere.backends.simple import counting, triggers
from sequere.backends.simple.engines import dialect_for
from sequere.exceptions import NotSupported


def recount(alias: str) -> None:
    """See SimpleBackend.recount()."""
    connection = connections[alias]
    dialect = dialect_for(connection)
    is_split = not connection.features.can_rollback_ddl
    if is_split and not connection.get_autocommit():
        raise NotSupported(
            f"recount() cannot run inside a transaction of {alias!r}, because creating "
            "the triggers would commit it. Call recount() outside of the transaction."
        )
    if is_split:
        triggers.install(connection)
        triggers.execute(connection, dialect.before_recount)
    with transaction.atomic(using=alias):
        triggers.execute(connection, dialect.lock_edges)
        if not is_split:
            triggers.install(connection)
        triggers.execute(
            connection, ("DELETE FROM sequere_count", counting.EVERY_COUNT)
        )
