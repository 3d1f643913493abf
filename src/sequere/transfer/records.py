"""The records of an import from any origin: edges, and rows that are not edges."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sequere.declaration import BLOCK
from sequere.exceptions import InvalidEdge
from sequere.registration import registry
from sequere.times import from_microseconds, to_microseconds
from sequere.types import Edge, Ref
from sequere.validation import clean_edges, clean_ref


class Record(NamedTuple):
    """An edge that was read, or the reason why a row is not an edge."""

    #: The position of the record, for messages: "line 7".
    where: str
    #: The value for `--resume` to go on after this record.
    place: str
    edge: Edge | None
    error: str = ""


def ref_of(identifier: Any, object_id: Any) -> Ref:
    """Return a ref in its canonical form. Raise InvalidEdge.

    An identifier without a model is kept, because its edges may belong to a model of
    another release.
    """
    if isinstance(object_id, int) and not isinstance(object_id, bool):
        object_id = str(object_id)
    ref = clean_ref(Ref(identifier, object_id))
    registration = registry.find(ref.identifier)
    return registration.ref(ref.object_id) if registration else ref


def parse_ref(text: str) -> Ref:
    """Parse text such as `user:8`. Raise InvalidEdge."""
    identifier, colon, object_id = text.partition(":")
    if not colon:
        raise InvalidEdge(
            f"{text!r} is not a ref. Write the identifier, a colon and the key, such "
            "as user:8."
        )
    return ref_of(identifier, object_id)


def time_of(text: Any) -> datetime:
    """Parse a time, and return it as this site shows times. Text without an offset is
    in the default time zone. Raise InvalidEdge.
    """
    try:
        return from_microseconds(to_microseconds(datetime.fromisoformat(text)))
    except (TypeError, ValueError, OverflowError) as exc:
        raise InvalidEdge(
            f"{text!r} is not a time in ISO 8601, such as 2024-02-29T12:00:00+00:00."
        ) from exc


def checked(where: str, place: str, edge: Edge) -> Record:
    """Return a record of `edge`, or of the error that every store would raise for
    it.
    """
    try:
        for ref in (edge.source, edge.target):
            # The database would raise an error for a key that its model cannot have.
            if registration := registry.find(ref.identifier):
                registration.key(ref.object_id)
        if edge.relation == BLOCK and (edge.state or edge.level):
            raise InvalidEdge("A block has state 0 and level 0.")
        [clean] = clean_edges([edge])
        return Record(where, place, clean)
    except (InvalidEdge, ValueError, KeyError) as exc:
        return Record(where, place, None, str(exc))
