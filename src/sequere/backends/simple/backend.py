from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage
from django.db import connections

from sequere.backends.simple import checks, drift, recounting
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.errors import failing
from sequere.backends.simple.graph import SimpleGraph
from sequere.backends.simple.models import EdgeRow
from sequere.backends.simple.policy import Policy
from sequere.backends.simple.reading import Reading
from sequere.backends.simple.sizes import size_of
from sequere.databases import holds_copy, home_of, is_same_database
from sequere.registration import Registration
from sequere.types import Progress


class SimpleBackend(Policy, Reading):
    """Edges in a table of the SQL database, counted by the database itself.

    The engines are SQLite, PostgreSQL and MariaDB. The option `database` is the alias
    of the database; without `database` Django's routers decide, as for any model.

    Every call is one statement, whose SQL needs no compiling. Exceptions: writes of
    several pairs of types, or of more edges than a statement takes (see batch_size),
    take one statement each in a transaction, and forget() takes two statements for each
    5,000 refs of a type, and up to ten on SQLite.
    """

    supports_transactions = True
    supports_integrity = True
    supports_archive = True
    supports_policy = True
    supports_querysets = True

    # Counts

    def recount(self) -> None:
        """Create the triggers again and count all edges, with one row per count.

        Writers wait meanwhile. All edges are read. The call cannot run inside a
        transaction on MariaDB.
        """
        with failing(self.alias):
            recounting.recount(self.write_alias)

    def _sweep(self, resume: str | None, *, mend: bool) -> Iterator[Progress]:
        """Check triggers and counts. Four queries for each 5,000 edges, which are edges
        of one resource or more; the counts that several writers left are merged.
        """
        return drift.sweep(self._writer(), resume, mend=mend)

    # Around

    def graph(
        self, relation: str, registration: Registration, using: str
    ) -> SimpleGraph | None:
        home = self.write_alias
        dialect_for(connections[home])
        if is_same_database(home, using) or (
            is_same_database(home, home_of(registration.model))
            and holds_copy(EdgeRow, home, using)
        ):
            return SimpleGraph(relation, registration, using)
        return None

    def stored_bytes(self) -> int | None:
        with failing(self.alias):
            return size_of(self._reader())

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return checks.check_database(self.write_alias, **kwargs)
