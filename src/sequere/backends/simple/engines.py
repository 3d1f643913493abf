from __future__ import annotations

from typing import Any

from sequere.backends.simple.dialect import Dialect
from sequere.backends.simple.mariadb import MariaDBDialect
from sequere.backends.simple.postgresql import PostgreSQLDialect
from sequere.backends.simple.sqlite import SQLiteDialect
from sequere.exceptions import InvalidBackend

DIALECTS: dict[str, Dialect] = {
    "sqlite": SQLiteDialect(),
    "postgresql": PostgreSQLDialect(),
    "mysql": MariaDBDialect(),
}


def dialect_for(connection: Any) -> Dialect:
    """Raise InvalidBackend for an engine that SimpleBackend does not support."""
    dialect = DIALECTS.get(connection.vendor)
    if dialect is None or (
        connection.vendor == "mysql" and not connection.mysql_is_mariadb
    ):
        raise InvalidBackend(
            f"SimpleBackend runs on SQLite, PostgreSQL and MariaDB; the database "
            f"{connection.alias!r} is {connection.display_name}."
        )
    return dialect
