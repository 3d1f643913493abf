"""A database of its own, which may be killed, as the alias `faults` of Django."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connections

from sequere.backends.simple import SimpleBackend
from tests.engines.base import Server
from tests.settings import ENGINE

ALIAS = "faults"
OPTIONS = {
    "postgresql": {"connect_timeout": 10},
    "mariadb": {"connect_timeout": 10, "read_timeout": 60, "write_timeout": 60},
}


def server_entry(
    server: Server, *, name: str, port: int | None = None
) -> dict[str, Any]:
    engine = {"postgresql": "postgresql", "mariadb": "mysql"}[ENGINE]
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": name,
        "HOST": server.host,
        "PORT": port or server.port,
        "USER": server.user,
        "PASSWORD": server.password,
        "OPTIONS": OPTIONS[ENGINE],
    }


@contextmanager
def configured(entry: dict[str, Any]) -> Iterator[SimpleBackend]:
    """Let the alias be this database, and return a backend on it."""
    found = connections.configure_settings({"default": entry})
    connections.settings[ALIAS] = found["default"]
    try:
        yield SimpleBackend("default", database=ALIAS)
    finally:
        forget()
        del connections.settings[ALIAS]


def forget() -> None:
    """Close this thread's connection, and let the next call make another one."""
    connections[ALIAS].close()
    del connections[ALIAS]


def recover() -> None:
    """Do as Django does between two requests."""
    connections[ALIAS].close_if_unusable_or_obsolete()


def migrate() -> None:
    call_command("migrate", "sequere", database=ALIAS, verbosity=0)


def run(sql: str) -> list[Any]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []
