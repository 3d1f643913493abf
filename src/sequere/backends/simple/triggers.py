"""The triggers by which the database itself keeps sequere_count exact.

All triggers belong to the table sequere_edge, except for one on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from django.db import transaction

from sequere.backends.simple.engines import dialect_for
from sequere.exceptions import InvalidBackend


def create(apps: Any, schema_editor: Any) -> None:
    """Create the triggers in a migration. An engine without triggers is skipped: the
    check of SimpleBackend reports it, and the project may keep its edges elsewhere.

    Where DDL can be rolled back, the statements that Django keeps for the end of the
    migration are executed first. With none left, Django records the migration in the
    same transaction, and not after it, so a process that dies leaves both or neither.
    """
    connection = schema_editor.connection
    if connection.features.can_rollback_ddl:
        for statement in schema_editor.deferred_sql:
            schema_editor.execute(statement, None)
        schema_editor.deferred_sql.clear()
    with suppress(InvalidBackend):
        dialect = dialect_for(connection)
        execute(connection, dialect.prepare_tables)
        install(connection)


def drop(apps: Any, schema_editor: Any) -> None:
    with suppress(InvalidBackend):
        dialect = dialect_for(schema_editor.connection)
        with beside_edges(schema_editor.connection) as cursor:
            execute_by(cursor, dialect.drop_triggers)


def install(connection: Any) -> None:
    """Create the triggers again."""
    dialect = dialect_for(connection)
    with beside_edges(connection) as cursor:
        execute_by(cursor, (*dialect.drop_triggers, *dialect.create_triggers))


@contextmanager
def beside_edges(connection: Any) -> Iterator[Any]:
    """Yield a cursor. On PostgreSQL, it resolves names in the schema of the edges:
    otherwise functions would be created, or dropped, in another schema of the
    search_path. Packages for tenants set the search_path again for each new cursor.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            yield cursor
            return
        with transaction.atomic(using=connection.alias):
            cursor.execute(
                "SELECT current_setting('search_path'), "
                "relnamespace::regnamespace::text "
                "FROM pg_class WHERE oid = to_regclass('sequere_edge')"
            )
            [(path, home)] = cursor.fetchall()
            cursor.execute("SELECT set_config('search_path', %s, false)", [home])
            yield cursor
            cursor.execute("SELECT set_config('search_path', %s, false)", [path])


def survive(schema_editor: Any) -> None:
    """Keep the triggers through a migration that alters a table on SQLite.

    Django makes such a table again, and the triggers of the old table are lost with it.
    While a table that triggers name does not exist, SQLite cannot rename another table.
    So the triggers are dropped before, and created when the new table has its name.
    """
    connection = schema_editor.connection
    if connection.vendor == "sqlite" and stored(connection):
        dialect = dialect_for(connection)
        execute(connection, dialect.drop_triggers)
        schema_editor.deferred_sql += dialect.create_triggers


def damaged(connection: Any) -> set[str]:
    """Return the names of triggers that are missing, switched off, or from another
    version. One query.
    """
    return differing(connection, dialect_for(connection).triggers)


def differing(connection: Any, expected: Mapping[str, str]) -> set[str]:
    """Return the names of the expected triggers whose stored text differs."""
    found = stored(connection)
    return {
        name
        for name, text in expected.items()
        if found.get(name, "").split() != text.split()
    }


def stored(connection: Any) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(dialect_for(connection).stored_triggers)
        return dict(cursor.fetchall())


def execute(connection: Any, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        execute_by(cursor, statements)


def execute_by(cursor: Any, statements: Iterable[str]) -> None:
    for statement in statements:
        cursor.execute(statement)
