"""The database that SimpleBackend asks, and the retries after a deadlock."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, NoReturn, Self, TypeVar

from django.db import connections, router, transaction
from django.db.utils import OperationalError

from sequere.backends.base import BaseBackend
from sequere.backends.simple.dialect import Dialect, Statement
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.errors import FAILURES, failing, raise_for
from sequere.backends.simple.models import EdgeRow
from sequere.exceptions import InvalidBackend
from sequere.types import Progress

T = TypeVar("T")

TRIES = 10
LONGEST_PAUSE = 0.02


class Engine(NamedTuple):
    """A database, and its dialect."""

    connection: Any
    dialect: Dialect

    @property
    def alias(self) -> str:
        return str(self.connection.alias)

    def read(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        rows: list[tuple[Any, ...]] = self._executed(statement).fetchall()
        return rows

    def run(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Return the rows of `statement`, or an empty list for a statement without."""
        cursor = self._executed(statement)
        return cursor.fetchall() if cursor.description else []

    def run_many(self, sql: str, params: Sequence[Sequence[Any]]) -> int:
        """Execute `sql` with each of `params`. Return the number of changed rows."""
        cursor = self.connection.cursor()
        cursor.executemany(sql, params)
        changed: int = cursor.rowcount
        return changed

    def _executed(self, statement: Statement) -> Any:
        """Return a cursor, which needs no closing: the caller reads all its rows."""
        cursor = self.connection.cursor()
        cursor.execute(*self.dialect.bound(statement))
        return cursor

    def retry(self, work: Callable[[], T]) -> T:
        """Do `work` again if the database chose it to end a deadlock. Inside a
        transaction, the caller must decide on a retry: the whole transaction is lost.
        """
        for attempt in range(1, TRIES):
            try:
                return work()
            except OperationalError as exc:
                is_deadlock = self.dialect.is_deadlock(exc)
                if not (is_deadlock and self.connection.get_autocommit()):
                    raise
                # The pauses are random, or the writers would deadlock again.
                time.sleep(random.random() * LONGEST_PAUSE * attempt)
        return work()

    def atomically(self, work: Callable[[], T]) -> T:
        def attempt() -> T:
            with transaction.atomic(using=self.alias):
                return work()

        return self.retry(attempt)


class Store(BaseBackend):
    """The database of a backend: its option, or the routers' choice."""

    failures = FAILURES

    def __init__(self, alias: str, *, database: str | None = None) -> None:
        super().__init__(alias)
        if database is not None and database not in connections.settings:
            raise InvalidBackend(
                f"Backend {alias!r}: the option 'database' is {database!r}, which is "
                "not in DATABASES."
            )
        self.database = database

    @property
    def system(self) -> str:
        vendor = connections[self.write_alias].vendor
        return "mariadb" if vendor == "mysql" else vendor

    @property
    def write_alias(self) -> str:
        return self.database or router.db_for_write(EdgeRow)

    @property
    def read_alias(self) -> str:
        return self.database or router.db_for_read(EdgeRow)

    def _fail(self, error: Exception) -> NoReturn:
        raise_for(self.alias, error)

    def _writer(self) -> Engine:
        """Ask the routers once for each call: their answers may be random."""
        connection = connections[self.write_alias]
        return Engine(connection, dialect_for(connection))

    def _reader(self) -> Engine:
        connection = connections[self.read_alias]
        return Engine(connection, dialect_for(connection))

    def atomically(self, work: Callable[[], T]) -> T:
        """Return `work()` called in a transaction. `work` is called again after a
        deadlock, if the transaction is not part of the caller's transaction.
        """
        with failing(self.alias):
            return self._writer().atomically(work)

    def verify(self, *, resume: str | None = None) -> Iterator[Progress]:
        return self._steps(super().verify(resume=resume))

    def repair(self, *, resume: str | None = None) -> Iterator[Progress]:
        return self._steps(super().repair(resume=resume))

    def _steps(self, steps: Iterator[Progress]) -> Iterator[Progress]:
        with failing(self.alias):
            yield from steps

    def pinned(self) -> Self:
        """Return this backend on its current write database, which has no lag."""
        later = copy.copy(self)
        later.database = self.write_alias
        return later

    def atomic(self) -> AbstractContextManager[Any]:
        return transaction.atomic(using=self.write_alias)

    def shares_transaction(self, using: str) -> bool:
        return self.write_alias == using

    def when_final(self, callback: Callable[[], Any]) -> None:
        transaction.on_commit(callback, using=self.write_alias)
