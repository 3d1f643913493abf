"""The shapes of a list's items: pairs with times, instances, refs or keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Model

from sequere.exceptions import InvalidEdge
from sequere.plans import Plan, Work
from sequere.registration import Audience, registry
from sequere.types import Direction, Edge, Ref

Found = tuple[Edge, Any]


class Shape(NamedTuple):
    #: The function that makes items from edges. Edges without a visible resource
    #: have no item.
    items: Callable[[Sequence[Edge], Direction, Audience | None], list[Found]]
    #: Does the shape read instances from the database?
    reads: bool

    def of(
        self, edges: Sequence[Edge], direction: Direction, audience: Audience | None
    ) -> Plan[list[Found]]:
        if not edges or not (self.reads or audience):
            return self.items(edges, direction, None)
        work = partial(self.items, edges, direction, audience)
        found: list[Found] = yield Work(work)
        return found


def with_instances(
    edges: Sequence[Edge], direction: Direction, audience: Audience | None
) -> list[tuple[Edge, Model]]:
    others = [edge.other(direction) for edge in edges]
    found = registry.resolve(others, audience)
    pairs = zip(edges, others, strict=True)
    return [(edge, found[other]) for edge, other in pairs if other in found]


def with_times(
    edges: Sequence[Edge], direction: Direction, audience: Audience | None
) -> list[Found]:
    return [
        (edge, (instance, edge.created))
        for edge, instance in with_instances(edges, direction, audience)
    ]


def with_refs(
    edges: Sequence[Edge], direction: Direction, audience: Audience | None
) -> list[tuple[Edge, Ref]]:
    pairs = [(edge, edge.other(direction)) for edge in edges]
    if audience is None:
        return pairs
    visible = registry.visible((other for _, other in pairs), audience)
    return [(edge, other) for edge, other in pairs if other in visible]


def with_keys(
    edges: Sequence[Edge], direction: Direction, audience: Audience | None
) -> list[Found]:
    found = []
    for edge, (identifier, object_id) in with_refs(edges, direction, audience):
        if registration := registry.find(identifier):
            with suppress(InvalidEdge):
                found.append((edge, registration.key(object_id)))
    return found


PAIRS = Shape(with_times, reads=True)
INSTANCES = Shape(with_instances, reads=True)
REFS = Shape(with_refs, reads=False)
KEYS = Shape(with_keys, reads=False)
