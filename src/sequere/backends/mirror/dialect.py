"""A dialect holds the tables and triggers by which a database notes its own writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ENDS = "relation, from_identifier, from_object_id, to_identifier, to_object_id"
#: The error of the triggers that refuse writes has this text.
CLOSED_TEXT = "sequere_edge is closed: its edges have moved to another store"


@dataclass(frozen=True, slots=True)
class Dialect:
    #: These statements create the tables of the intents and of the mark.
    tables: Sequence[str]
    #: The triggers that write intents, and the triggers that refuse every write, each
    #: with its stored text, by name.
    noting: Mapping[str, str]
    refusing: Mapping[str, str]
    #: These statements create and drop the same triggers.
    note: Sequence[str]
    note_no_more: Sequence[str]
    refuse: Sequence[str]
    refuse_no_more: Sequence[str]
    #: The query returns a row if the tables exist.
    has_tables: str
    #: The current time in microseconds.
    now: str
    #: Does a read inside a transaction see what was committed just now?
    sees_latest: bool

    @property
    def drop_tables(self) -> Sequence[str]:
        return (
            "DROP TABLE IF EXISTS sequere_intent",
            "DROP TABLE IF EXISTS sequere_mirror",
        )


def columns(type: str) -> str:
    return ", ".join(f"{column} {type} NOT NULL" for column in ENDS.split(", "))


def mark_table(type: str) -> str:
    return (
        "CREATE TABLE IF NOT EXISTS sequere_mirror (generation bigint NOT NULL, "
        f"server {type} NOT NULL, role {type} NOT NULL)"
    )


INDEX = (
    "CREATE INDEX IF NOT EXISTS sequere_intent_ends "
    "ON sequere_intent (from_object_id, to_object_id)"
)
