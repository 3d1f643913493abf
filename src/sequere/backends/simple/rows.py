"""Edges from the rows that SQL returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sequere.times import from_microseconds
from sequere.types import ACTIVE, Edge, Neighbours, Ref


def edges_of(
    relation: str, whose: Neighbours, rows: Iterable[Any], state: int = ACTIVE
) -> list[Edge]:
    """Return the edges of a list, from its other ends."""
    return [
        whose.edge(
            relation, Ref(identifier, object_id), from_microseconds(created), state
        )
        for identifier, object_id, created in rows
    ]


def edges_from(rows: Iterable[Sequence[Any]]) -> list[Edge]:
    """Return the edges whose columns are COLUMNS."""
    return [
        Edge(
            relation,
            Ref(source, source_id),
            Ref(target, target_id),
            from_microseconds(created),
            *state,
        )
        for relation, source, source_id, target, target_id, created, *state in rows
    ]
