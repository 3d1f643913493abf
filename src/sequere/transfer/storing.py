"""The one place that writes edges which come from elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sequere.backends.base import BaseBackend
from sequere.backends.derived import addition, removal
from sequere.questions import Block
from sequere.registration import registry
from sequere.types import Edge, Ref

Ends: TypeAlias = tuple[str, Ref, Ref]


def store(
    backend: BaseBackend, edges: Sequence[Edge], *, announced: bool = False
) -> list[Edge]:
    """Store `edges` with their times, states and levels. Return those that are new.

    A slot that is taken stays as it is. Blocks cut what they bar. `edges` are clean: see
    validation.clean_edge(). Signals are sent if `announced` is set.
    """
    ask = backend.ask if announced else backend.ask_quietly
    stored: list[Edge] = []
    for question in addition(edges, "imported"):
        if isinstance(question, Block):
            stored += ask(question).blocks
        else:
            stored += ask(question)
    return stored


def drop(backend: BaseBackend, edges: Iterable[Edge]) -> set[Ends]:
    """Remove `edges`, and send no signal. Return the ends of those that were there."""
    return {
        edge[:3]
        for question in removal(edges, "removed")
        for edge in backend.ask_quietly(question)
    }


def without_row(edges: Iterable[Edge]) -> dict[Ref, str]:
    """The ends of `edges` that have no row in the database, each with a message. One
    query for each model.
    """
    keys: dict[str, dict[Any, Ref]] = defaultdict(dict)
    for ref in {ref for edge in edges for ref in (edge.source, edge.target)}:
        if registration := registry.find(ref.identifier):
            keys[ref.identifier][registration.key(ref.object_id)] = ref
    missing = {}
    for identifier, by_key in keys.items():
        model = registry.get(identifier).model
        rows = model._base_manager.filter(pk__in=by_key).values_list("pk", flat=True)
        for key in by_key.keys() - set(rows):
            missing[by_key[key]] = f"{by_key[key]} has no row in the database."
    return missing
