"""The places of a scan as text, for stores that scan in the order of their slots."""

from __future__ import annotations

import json

from sequere.exceptions import InvalidCursor, InvalidEdge
from sequere.names import clean_relation
from sequere.types import Ref
from sequere.validation import clean_ref

Ends = tuple[str, Ref, Ref]


def place_of(ends: Ends) -> str:
    """Return the text from which a scan goes on behind `ends`."""
    relation, source, target = ends
    return json.dumps([relation, *source, *target])


def ends_at(place: str) -> Ends:
    """Return the ends of which place_of() made `place`. Raise InvalidCursor."""
    try:
        relation, *keys = json.loads(place)
        source, target = Ref(*keys[:2]), Ref(*keys[2:])
        ends = clean_relation(relation), clean_ref(source), clean_ref(target)
        if place_of(ends) == place:
            return ends
    except (InvalidEdge, TypeError, ValueError, RecursionError):
        pass
    raise InvalidCursor(
        f"{place!r} is not a place in a scan. Use the place of an earlier answer, or "
        "None to begin."
    )
