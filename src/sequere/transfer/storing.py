"""Store edges from other stores, files or packages. No other module writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sequere.backends.base import BaseBackend
from sequere.backends.derived import addition, by_relation, removal
from sequere.declaration import is_barred
from sequere.questions import Block, Edges
from sequere.registration import registry
from sequere.types import Edge, Ref

Ends: TypeAlias = tuple[str, Ref, Ref]


def store(
    backend: BaseBackend, edges: Sequence[Edge], *, announced: bool = False
) -> list[Edge]:
    """Store `edges` with their times, states and levels. Return the edges that are new.

    A slot that is taken stays as it is. Blocks are stored first, and cut the edges that
    they bar. `edges` must come from records.checked(). If `announced` is set, signals
    are sent.
    """
    ask = backend.ask if announced else backend.ask_quietly
    stored: list[Edge] = []
    # In this order, an edge that a block bars is never there.
    for question in reversed(addition(edges, "imported")):
        if isinstance(question, Block):
            stored += ask(question).blocks
        else:
            stored += ask(question)
    return stored


def drop(backend: BaseBackend, edges: Iterable[Edge]) -> set[Ends]:
    """Remove `edges`, and send no signal. Return the ends of the edges that were
    there.
    """
    return {
        edge[:3]
        for question in removal(edges, "removed")
        for edge in backend.ask_quietly(question)
    }


def refusals(backend: BaseBackend, edges: Sequence[Edge]) -> dict[Ends, str]:
    """Return the reason for each of `edges` that store() did not add and that is
    missing. One query for each relation and model, and more if edges are missing.
    """
    there = {
        edge[:3]
        for relation, pairs in by_relation(edges).items()
        for edge in backend.ask(Edges(relation, pairs)).values()
    }
    absent = [edge for edge in edges if edge[:3] not in there]
    rowless = without_row(absent) if absent and backend.supports_integrity else set()
    return {edge[:3]: reason(edge, rowless) for edge in absent}


def reason(edge: Edge, rowless: set[Ref]) -> str:
    for ref in edge[1:3]:
        if ref in rowless:
            return f"{ref} has no row in the database."
    if is_barred(edge.relation):
        return f"A block bars {edge}."
    return f"Somebody removed {edge} meanwhile."


def without_row(edges: Iterable[Edge]) -> set[Ref]:
    """Return the ends of `edges` that have no row. One query for each model."""
    keys: dict[str, dict[Any, Ref]] = defaultdict(dict)
    for ref in {ref for edge in edges for ref in edge[1:3]}:
        if registration := registry.find(ref.identifier):
            keys[ref.identifier][registration.key(ref.object_id)] = ref
    missing = set()
    for identifier, by_key in keys.items():
        model = registry.get(identifier).model
        rows = model._base_manager.filter(pk__in=by_key).values_list("pk", flat=True)
        missing |= {by_key[key] for key in by_key.keys() - set(rows)}
    return missing
