"""Convert edges to rows of a file and back: CSV and JSON lines have the same
columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sequere.exceptions import InvalidEdge, SequereError
from sequere.times import EPOCH, to_microseconds
from sequere.transfer.records import Record, checked, ref_of, time_of
from sequere.types import ACTIVE, Edge

COLUMNS = (
    "relation",
    "from_identifier",
    "from_object_id",
    "to_identifier",
    "to_object_id",
    "created",
    "state",
    "level",
)
NEEDED = COLUMNS[1:5]


def row_of(edge: Edge) -> tuple[Any, ...]:
    """Return the values of COLUMNS. The time is in UTC, with microseconds."""
    relation, source, target, created, state, level = edge
    return (relation, *source, *target, text_of(created), state, level)


def text_of(moment: datetime) -> str:
    utc = EPOCH + timedelta(microseconds=to_microseconds(moment))
    return utc.isoformat(timespec="microseconds")


def record_of(where: str, place: str, row: Mapping[str, Any], now: datetime) -> Record:
    """Convert a row to a record. `now` is the time of a row without a time."""
    try:
        edge = edge_of(row, now)
    except SequereError as exc:
        return Record(where, place, None, str(exc))
    return checked(where, place, edge)


def edge_of(row: Mapping[str, Any], now: datetime) -> Edge:
    # Empty text is a valid key of models whose keys are text.
    if missing := [name for name in NEEDED if row.get(name) is None]:
        raise InvalidEdge(f"The row has no {', '.join(missing)}.")
    created = row.get("created")
    return Edge(
        row.get("relation") or "follow",
        ref_of(row["from_identifier"], row["from_object_id"]),
        ref_of(row["to_identifier"], row["to_object_id"]),
        now if created in (None, "") else time_of(created),
        number(row, "state", ACTIVE),
        number(row, "level", 0),
    )


def number(row: Mapping[str, Any], name: str, default: int) -> int:
    value = row.get(name)
    if value in (None, ""):
        return default
    try:
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return int(value)
    except ValueError:
        pass
    raise InvalidEdge(f"The {name} {value!r} is not a whole number.")
