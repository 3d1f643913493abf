"""The triggers by which the database itself keeps sequere_count exact.

They belong to the table sequere_edge: a migration that alters it on SQLite makes the
table anew, without them, and has to create them again.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from sequere.backends.simple.engines import dialect_for
from sequere.exceptions import InvalidBackend

CREATED = re.compile(r"CREATE TRIGGER (\w+)")


def create(apps: Any, schema_editor: Any) -> None:
    """Create the triggers anew. An engine that has none is not used by SimpleBackend,
    whose check would say so: the project may keep its edges elsewhere.
    """
    drop(apps, schema_editor)
    with suppress(InvalidBackend):
        dialect = dialect_for(schema_editor.connection)
        execute(schema_editor.connection, dialect.create_triggers)


def drop(apps: Any, schema_editor: Any) -> None:
    with suppress(InvalidBackend):
        dialect = dialect_for(schema_editor.connection)
        execute(schema_editor.connection, dialect.drop_triggers)


def missing(connection: Any) -> set[str]:
    """Which of the triggers are not there. One query."""
    dialect = dialect_for(connection)
    names = {name for sql in dialect.create_triggers for name in CREATED.findall(sql)}
    with connection.cursor() as cursor:
        cursor.execute(dialect.trigger_names)
        return names - {name for (name,) in cursor.fetchall()}


def execute(connection: Any, statements: Any) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
