"""Connections to the database that Django does not manage."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from django.db import connections

Row = tuple[str, str, int]

EDGE = "relation, from_identifier, from_object_id, to_identifier, to_object_id, created"
VALUES = "'follow', 'user', %s, 'user', %s, %s"


class Driver(ABC):
    insert = (
        f"INSERT INTO sequere_edge ({EDGE}) VALUES ({VALUES}) ON CONFLICT DO NOTHING"
    )
    integer = "INTEGER"

    def __init__(self) -> None:
        self.settings: dict[str, Any] = connections["default"].settings_dict
        self.connection = self.connect()

    @abstractmethod
    def connect(self) -> Any: ...

    @abstractmethod
    def insert_many(self, rows: Sequence[Row]) -> None: ...

    def insert_few(self, rows: Sequence[Row]) -> None:
        self.insert_many(rows)

    def run(self, sql: str, params: Sequence[Any]) -> list[Any]:
        return rows_of(self.connection, sql, params)


class SQLite(Driver):
    # The triggers refuse ON CONFLICT DO NOTHING: an occupied slot is an error.
    insert = (
        "WITH e (source, target, created) AS (VALUES (%s, %s, %s)) "
        f"INSERT INTO sequere_edge ({EDGE}) "
        "SELECT 'follow', 'user', source, 'user', target, created FROM e "
        "WHERE NOT EXISTS (SELECT 1 FROM sequere_edge WHERE relation = 'follow' "
        "AND from_identifier = 'user' AND from_object_id = source "
        "AND to_identifier = 'user' AND to_object_id = target)"
    )

    def connect(self) -> Any:
        import sqlite3

        connection = sqlite3.connect(self.settings["NAME"], isolation_level=None)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def run(self, sql: str, params: Sequence[Any]) -> list[Any]:
        rows: list[Any] = self.connection.execute(
            question_marks(sql), params
        ).fetchall()
        return rows

    def insert_many(self, rows: Sequence[Row]) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany(question_marks(self.insert), rows)
        self.connection.execute("COMMIT")


class PostgreSQL(Driver):
    def connect(self) -> Any:
        import psycopg

        return psycopg.connect(
            dbname=self.settings["NAME"],
            host=self.settings["HOST"],
            port=self.settings["PORT"],
            user=self.settings["USER"],
            password=self.settings["PASSWORD"],
            autocommit=True,
        )

    def insert_many(self, rows: Sequence[Row]) -> None:
        lines = io.StringIO()
        lines.writelines(
            f"{source}\t{target}\t{when}\n" for source, target, when in rows
        )
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE new (source text, target text, created bigint) "
                "ON COMMIT DROP"
            )
            with cursor.copy("COPY new FROM STDIN") as copy:
                copy.write(lines.getvalue())
            cursor.execute(
                f"INSERT INTO sequere_edge ({EDGE}) "
                "SELECT 'follow', 'user', source, 'user', target, created FROM new "
                "ON CONFLICT DO NOTHING"
            )

    def insert_few(self, rows: Sequence[Row]) -> None:
        self.run(
            f"INSERT INTO sequere_edge ({EDGE}) "
            "SELECT 'follow', 'user', source, 'user', target, created "
            "FROM unnest(%s::text[], %s::text[], %s::bigint[]) "
            "AS new (source, target, created) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*rows, strict=True)],
        )


class MariaDB(Driver):
    insert = f"INSERT IGNORE INTO sequere_edge ({EDGE}) VALUES ({VALUES})"
    integer = "SIGNED"

    def connect(self) -> Any:
        import pymysql

        return pymysql.connect(
            database=self.settings["NAME"],
            host=self.settings["HOST"],
            port=int(self.settings["PORT"]),
            user=self.settings["USER"],
            password=self.settings["PASSWORD"],
            autocommit=True,
        )

    def insert_many(self, rows: Sequence[Row]) -> None:
        self.connection.begin()
        with self.connection.cursor() as cursor:
            cursor.executemany(self.insert, rows)
        self.connection.commit()


DRIVERS: dict[str, type[Driver]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "mysql": MariaDB,
}


def driver() -> Driver:
    return DRIVERS[connections["default"].vendor]()


def rows_of(connection: Any, sql: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall() if cursor.description else []
        return rows


def question_marks(sql: str) -> str:
    return sql.replace("%s", "?")
