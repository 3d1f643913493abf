"""What the items of a list look like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Model

from sequere.exceptions import InvalidEdge
from sequere.plans import Plan, Work
from sequere.registration import registry
from sequere.types import Direction, Edge, Ref

Found = tuple[Edge, Any]


class Shape(NamedTuple):
    #: Makes items of edges; what cannot be shown has none.
    items: Callable[[Sequence[Edge], Direction], list[Found]]
    #: Does it read instances from the database?
    reads: bool

    def of(self, edges: Sequence[Edge], direction: Direction) -> Plan[list[Found]]:
        if not edges or not self.reads:
            return self.items(edges, direction)
        found: list[Found] = yield Work(partial(self.items, edges, direction))
        return found


def with_instances(
    edges: Sequence[Edge], direction: Direction
) -> list[tuple[Edge, Model]]:
    others = [edge.other(direction) for edge in edges]
    found = registry.resolve(others)
    pairs = zip(edges, others, strict=True)
    return [(edge, found[other]) for edge, other in pairs if other in found]


def with_times(edges: Sequence[Edge], direction: Direction) -> list[Found]:
    return [
        (edge, (instance, edge.created))
        for edge, instance in with_instances(edges, direction)
    ]


def with_refs(edges: Sequence[Edge], direction: Direction) -> list[tuple[Edge, Ref]]:
    return [(edge, edge.other(direction)) for edge in edges]


def with_keys(edges: Sequence[Edge], direction: Direction) -> list[Found]:
    found = []
    for edge, (identifier, object_id) in with_refs(edges, direction):
        if registration := registry.find(identifier):
            with suppress(InvalidEdge):
                found.append((edge, registration.key(object_id)))
    return found


PAIRS = Shape(with_times, reads=True)
INSTANCES = Shape(with_instances, reads=True)
REFS = Shape(with_refs, reads=False)
KEYS = Shape(with_keys, reads=False)
