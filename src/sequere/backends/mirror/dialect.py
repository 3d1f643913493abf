"""A dialect holds the tables and triggers by which a database notes its own writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sequere.backends.simple.dialect import ENDS, Statement

#: The error of the triggers that refuse writes has this text.
CLOSED_TEXT = "sequere_edge is closed: its edges have moved to another store"


def deleted(ids: Sequence[int]) -> Statement:
    return f"DELETE FROM sequere_intent WHERE id IN ({', '.join(map(str, ids))})", []


@dataclass(frozen=True, slots=True)
class Dialect:
    #: These statements create the missing tables: of the intents, of the mark, and of
    #: what the triggers need.
    tables: Sequence[str]
    #: The triggers that write intents: the stored text of each, by its name.
    noting: Mapping[str, str]
    #: These statements create the same triggers, again where they exist; or drop them.
    note: Sequence[str]
    note_no_more: Sequence[str]
    #: These statements let the database refuse every write of an edge, once the
    #: transactions that have written edges have ended; or accept writes again.
    refuse: Sequence[str]
    accept: Sequence[str]
    #: These statements drop everything else.
    drop: Sequence[str]
    #: The query returns a row if the tables exist.
    has_tables: str
    #: The current time in microseconds.
    now: str
    #: Does a read inside a transaction see what was committed just now?
    sees_latest: Callable[[Any], bool]
    #: Select the intents of some pairs of object ids, by their index.
    noted: Callable[[Sequence[tuple[str, str]]], Statement]
    #: Delete intents by their ids, and wait for no other intent.
    deleted: Callable[[Sequence[int]], Statement] = deleted
    #: The errors of a statement that has waited too long for the transactions of
    #: others, and may be executed again.
    waited: Collection[int] = ()


def columns(type: str) -> str:
    return ", ".join(f"{column} {type} NOT NULL" for column in ENDS.split(", "))


def of_row(row: str, columns: str) -> str:
    return ", ".join(f"{row}.{column}" for column in columns.split(", "))


def mark_table(type: str) -> str:
    return (
        "CREATE TABLE IF NOT EXISTS sequere_mirror (generation bigint NOT NULL, "
        f"server {type} NOT NULL, role {type} NOT NULL)"
    )


INDEX = (
    "CREATE INDEX IF NOT EXISTS sequere_intent_ends "
    "ON sequere_intent (from_object_id, to_object_id)"
)
DROP_TABLES = (
    "DROP TABLE IF EXISTS sequere_intent",
    "DROP TABLE IF EXISTS sequere_mirror",
)
