"""Turn the errors of databases into the package's own, which are Django's as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.db.utils import InterfaceError, InternalError, OperationalError

from sequere.exceptions import SQLBackendError, SQLBackendUnavailable

#: The errors of a server or a disk. The others are about the data, or about the SQL.
FAILURES = (OperationalError, InterfaceError, InternalError)

#: SQLSTATE of PostgreSQL: connections, shutdowns, and too many connections.
LOST_STATES = ("08", "57P01", "57P02", "57P03", "57P05", "53300")
#: Errors of MariaDB: no connection, a killed connection, a shutdown, too many of them.
LOST_CODES = {1040, 1053, 1152, 1158, 1159, 1160, 1161, 1203, 1927}
#: The client's own errors, such as "server has gone away".
CLIENT_CODES = range(2000, 3000)
#: SQLite: the file is locked, or cannot be opened.
LOST_NAMES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN")


def raise_for(alias: str, error: Exception) -> NoReturn:
    """Raise the package's error for `error`. The cause is the driver's error."""
    if isinstance(error, SQLBackendError):
        raise error
    cause = error.__cause__ or error
    if isinstance(error, InterfaceError) or is_lost(cause):
        raise SQLBackendUnavailable(
            f"Backend {alias!r}: the database cannot be reached: {text(cause)}"
        ) from cause
    raise SQLBackendError(
        f"Backend {alias!r}: the database refused: {text(cause)}"
    ) from cause


def text(cause: BaseException) -> str:
    """Return the first line: further lines of PostgreSQL may show values of rows."""
    code, *_ = cause.args or ("",)
    found = str(cause.args[1] if isinstance(code, int) and cause.args[1:] else code)
    return found.strip().partition("\n")[0]


def is_lost(cause: Any) -> bool:
    """Is the connection lost, or refused, so that a later call may succeed?"""
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(LOST_NAMES)
    code, *_ = cause.args or (None,)
    if isinstance(code, int):
        return code in LOST_CODES or code in CLIENT_CODES
    # psycopg and psycopg2. Without a state, the connection was lost.
    state = getattr(cause, "sqlstate", getattr(cause, "pgcode", ""))
    return state is None or str(state).startswith(LOST_STATES)


@contextmanager
def failing(alias: str) -> Iterator[None]:
    """Raise the package's errors inside."""
    try:
        yield
    except FAILURES as exc:
        raise_for(alias, exc)
