from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.utils import DatabaseError

from sequere.backends.simple import triggers
from sequere.backends.simple.engines import dialect_for
from sequere.conf import DOCUMENTATION
from sequere.exceptions import InvalidBackend


def check_database(
    alias: str, *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Only for the databases that are being checked, and only once migrated."""
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
        missing = triggers.missing(connection)
    except DatabaseError:
        return []
    if not missing:
        return []
    return [
        Error(
            f"The database {alias!r} lacks the triggers that count followers: "
            f"{', '.join(sorted(missing))}.",
            hint="Create them and count again: "
            f"{DOCUMENTATION}/howto-operate.html#are-the-triggers-there",
            id="sequere.E003",
        )
    ]
