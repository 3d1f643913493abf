"""The order of lists, in every backend: (created, identifier, object_id)."""

from __future__ import annotations

from collections.abc import Sequence

from sequere.times import to_microseconds
from sequere.types import Direction, Edge, Position, Window


def in_order(where: Position) -> tuple[int, str, str]:
    """Return the key by which positions are compared.

    Naive times in the hour that the clocks repeat cannot be compared directly.
    """
    return to_microseconds(where.created), where.identifier, where.object_id


def behind(window: Window, edges: list[Edge], direction: Direction) -> Window | None:
    """Return the window after the window of `edges`, or None if there is no more to
    read.
    """
    if len(edges) < window.limit:
        return None
    return window._replace(after=edges[-1].position(direction), offset=0)


def chosen(edges: Sequence[Edge], direction: Direction, window: Window) -> list[Edge]:
    """Return the part of `edges` that is in `window`. `edges` may be in any order."""

    def place(edge: Edge) -> tuple[int, str, str]:
        return in_order(edge.position(direction))

    if window.identifiers is not None:
        kept = window.identifiers
        edges = [edge for edge in edges if edge.other(direction).identifier in kept]
    ordered = sorted(edges, key=place, reverse=window.newest_first)
    if window.after is not None:
        limit = in_order(window.after)
        newest_first = window.newest_first
        ordered = [
            edge
            for edge in ordered
            if (place(edge) < limit if newest_first else place(edge) > limit)
        ]
    return ordered[window.offset : window.offset + window.limit]
