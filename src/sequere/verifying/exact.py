"""Exactly what stands in given slots, read and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sequere.questions import Add, Remove
from sequere.types import Edge, Pair, Ref

#: The ends of an edge: its relation, source and target.
Slot = tuple[str, Ref, Ref]

COPIED = "copied"


def slot_of(edge: Edge) -> Slot:
    return edge[:3]


def there(backend: Any, slots: Iterable[Slot]) -> dict[Slot, Edge]:
    """The edges that stand in `slots` now. One question for each relation."""
    return {
        slot_of(edge): edge
        for relation, pairs in by_relation(slots).items()
        for edge in stand_in(backend, relation, pairs)
    }


def write(backend: Any, edges: Iterable[Edge]) -> None:
    """Let the slots of `edges` hold exactly these, where the store takes them."""
    edges = list(edges)
    remove(backend, map(slot_of, edges))
    backend.ask(Add(edges, COPIED))


def remove(backend: Any, slots: Iterable[Slot]) -> None:
    for relation, pairs in by_relation(slots).items():
        backend.ask(Remove(relation, pairs, COPIED))


def by_relation(slots: Iterable[Slot]) -> dict[str, list[Pair]]:
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for relation, source, target in slots:
        pairs[relation].append(Pair(source, target))
    return pairs


def stand_in(backend: Any, relation: str, pairs: list[Pair]) -> list[Edge]:
    name = type(backend).__name__
    found: list[Edge] = []
    if name == "MemoryBackend":
        from sequere.backends.memory import edge_of

        slots = backend.store.slots
        for p in pairs:
            if slot := slots.get((relation, *p)):
                found.append(edge_of((relation, *p), slot))
    elif "Redis" in name:
        from sequere.backends.redis.keys import Ends

        found += backend._run(
            backend.writes.reads.present([Ends(relation, *pair) for pair in pairs])
        )
    else:
        from sequere.backends.simple.dialect import COLUMNS, same
        from sequere.backends.simple.rows import edges_from

        engine = backend._writer()
        sql = f"SELECT {COLUMNS} FROM sequere_edge WHERE {same('')} AND state < 8"
        for s, t in pairs:
            found += edges_from(engine.read((sql, [s[1], s[0], relation, t[1], t[0]])))
    return found
