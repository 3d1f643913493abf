"""What differs from one database engine to another: one Dialect each.

Everything else the backend says in SQL that all of them understand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from sequere.types import Position

Statement = tuple[str, list[Any]]

COLUMNS = (
    "relation, from_identifier, from_object_id, to_identifier, to_object_id, created"
)


class Guard(NamedTuple):
    """The table in which a resource must have its row while an edge is added."""

    table: str
    column: str
    type: str


class Group(NamedTuple):
    """Edges that differ in their object ids and times only."""

    relation: str
    source: str
    target: str
    source_guard: Guard | None
    target_guard: Guard | None


class Row(NamedTuple):
    """An edge of a Group, with the keys of its ends as their tables have them, if the
    dialect asks for them."""

    source: str
    target: str
    created: int
    source_key: Any
    target_key: Any


class Dialect(ABC):
    # Undo and create again the triggers that keep sequere_count.
    drop_triggers: Sequence[str]
    create_triggers: Sequence[str]
    trigger_names: str

    # How many edges go into one statement?
    batch_size = 5_000

    # Must rows have keys, because text cannot be cast to every type of key?
    needs_keys = True

    # A join that is read from left to right, whatever the planner expects; and what
    # keeps a subquery on its left from being made one with the rest.
    join = "CROSS JOIN"
    fence = ""

    # Added to a SELECT of count rows that are about to be deleted.
    skip_locked = " FOR UPDATE SKIP LOCKED"

    @abstractmethod
    def insert(self, group: Group, rows: Sequence[Row]) -> Statement:
        """Add what is not there, and return (from_object_id, to_object_id) of it."""

    @abstractmethod
    def delete(self, group: Group, pairs: Sequence[tuple[str, str]]) -> Statement:
        """Remove, and return (from_object_id, to_object_id, created)."""

    @abstractmethod
    def delete_all(self, identifier: str, object_ids: Sequence[str]) -> Statement:
        """Remove every edge that starts or ends at one of these."""

    def beyond(
        self, position: Position, created: int, other: str, op: str
    ) -> Statement:
        """The condition that an edge stands behind `position` in a list."""
        return (
            f"(e.created, e.{other}_identifier, e.{other}_object_id) {op} (%s, %s, %s)",
            [created, position.identifier, position.object_id],
        )

    def is_missing_end(self, exc: Exception) -> bool:
        """Did insert() of one row fail because an end has no row?"""
        return False

    def is_deadlock(self, exc: Exception) -> bool:
        return False


def placeholders(count: int) -> str:
    return ", ".join(["%s"] * count)


def values(rows: int, columns: int) -> str:
    return ", ".join([f"({placeholders(columns)})"] * rows)


def flat(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [value for row in rows for value in row]
