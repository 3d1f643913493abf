"""The values that refs and edges may hold, so that every backend can store them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sequere.declaration import declared, find
from sequere.exceptions import InvalidEdge, SelfFollow
from sequere.names import clean_identifier
from sequere.times import clean_time
from sequere.types import (
    ACTIVE,
    REQUESTED,
    STATES,
    Direction,
    Edge,
    Neighbours,
    Pair,
    Ref,
    Span,
    Window,
)

OBJECT_ID_MAX_LENGTH = 255
EDGE_STATES = range(STATES)
LEVELS = range(2**15)
LISTED = ACTIVE, REQUESTED


def clean_identifiers(identifiers: Collection[str] | None) -> list[str] | None:
    """Sort the identifiers. None means all. Raise InvalidEdge for an empty one."""
    if identifiers is None:
        return None
    if not identifiers:
        raise InvalidEdge("`identifiers` is empty. Pass None to include every model.")
    return sorted(set(map(clean_identifier, identifiers)))


def clean_direction(direction: Direction) -> Direction:
    if direction not in ("followers", "followings"):
        raise ValueError(
            f"A list has the direction 'followers' or 'followings', not {direction!r}."
        )
    return direction


def clean_window(window: Window) -> Window:
    if window.limit < 0 or window.offset < 0:
        raise ValueError(f"A window has no negative limit or offset: {window!r}.")
    if window.identifiers is None:
        return window
    return window._replace(identifiers=clean_identifiers(window.identifiers))


def clean_span(span: Span) -> Span | None:
    """Return the span, or None if it has no limits."""
    since, until = (None if end is None else clean_time(end) for end in span)
    return None if since is until is None else Span(since, until)


def clean_neighbours(found: Neighbours) -> Neighbours:
    return Neighbours(clean_ref(found.ref), clean_direction(found.direction))


def clean_refs(refs: Iterable[Ref]) -> list[Ref]:
    """Return each ref once."""
    return list(dict.fromkeys(map(clean_ref, refs)))


def clean_pairs(pairs: Iterable[Pair]) -> list[Pair]:
    """Return each pair once."""
    return list(dict.fromkeys(Pair(clean_ref(a), clean_ref(b)) for a, b in pairs))


def clean_edges(edges: Iterable[Edge]) -> list[Edge]:
    """Return each edge once, with the time of its first occurrence.

    Refs and times that several edges share, as in an import, are cleaned once.
    """
    found = list(edges)  # The list keeps the objects alive, so ids stay unique.
    known: dict[int, Any] = {}
    first: dict[tuple[str, Ref, Ref], Edge] = {}
    for edge in found:
        relation, source, target, created, state, level = edge
        if relation not in declared:
            find(relation)
        for ref in (source, target):
            if id(ref) not in known:
                known[id(ref)] = clean_ref(ref)
        if source == target:
            raise SelfFollow(f"{source} cannot {relation} itself.")
        if state not in EDGE_STATES:
            raise InvalidEdge(
                f"The state of an edge is 0 to {STATES - 1}, not {state!r}."
            )
        if level not in LEVELS:
            clean_level(level)
        if id(created) not in known:
            known[id(created)] = clean_time(created)
        if (moment := known[id(created)]) is not created:
            edge = edge._replace(created=moment)
        first.setdefault(edge[:3], edge)
    return list(first.values())


def clean_ref(ref: Ref) -> Ref:
    identifier, object_id = ref
    clean_identifier(identifier)
    if not isinstance(object_id, str):
        raise InvalidEdge(f"The object id of {ref!r} must be text.")
    if len(object_id) > OBJECT_ID_MAX_LENGTH:
        raise InvalidEdge(
            f"The object id {object_id[:20]!r}... has {len(object_id)} characters; "
            f"at most {OBJECT_ID_MAX_LENGTH} can be stored."
        )
    if not object_id.isascii() or "\0" in object_id:
        _check_text(object_id)
    return ref


def clean_level(level: int) -> int:
    if level not in LEVELS:
        raise InvalidEdge(f"The level of an edge is 0 to 32767, not {level!r}.")
    return level


def clean_listed(state: int) -> int:
    """Check the state of the edges that a list shows."""
    if state not in LISTED:
        raise ValueError(f"A list shows edges of state 0 or 1, not {state!r}.")
    return state


def _check_text(object_id: str) -> None:
    try:
        object_id.encode()
    except UnicodeEncodeError:
        raise InvalidEdge(
            f"The object id {object_id!r} is not valid Unicode."
        ) from None
    if "\0" in object_id:
        raise InvalidEdge(f"The object id {object_id!r} has a NUL character.")
