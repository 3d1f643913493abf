from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.db.utils import DatabaseError

from sequere.backends.mirror.journal import Journal
from sequere.conf import DOCUMENTATION
from sequere.exceptions import InvalidBackend

GUIDE = f"{DOCUMENTATION}/howto-move.html"


def check_mirror(alias: str, journal: Journal, *, databases: Any) -> list[CheckMessage]:
    """Check that the primary notes its writes, if its database is being checked."""
    if journal.primary.write_alias not in (databases or ()):
        return []
    try:
        if journal.role() is None:
            return [not_started(alias)]
        damaged = journal.damaged()
    except (InvalidBackend, DatabaseError):
        # The check of the primary itself reports an engine that is not supported.
        return []
    return [lost_triggers(alias, damaged)] if damaged else []


def not_started(alias: str) -> CheckMessage:
    return Warning(
        f"The mirror of the backend {alias!r} is not started, so it stays empty.",
        hint=f"Run `manage.py sequere_mirror start --using {alias}`: {GUIDE}",
        id="sequere.W016",
    )


def lost_triggers(alias: str, names: set[str]) -> CheckMessage:
    return Error(
        f"Triggers that note writes for the mirror of {alias!r} are missing, or not "
        f"those of this version: {', '.join(sorted(names))}.",
        hint=f"Run `manage.py sequere_mirror start --using {alias}`, which creates "
        f"them and fills the mirror again: {GUIDE}",
        id="sequere.E017",
    )
