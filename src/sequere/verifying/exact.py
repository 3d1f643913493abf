"""Exactly what stands in given slots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sequere.questions import Add, Remove
from sequere.types import Edge, Pair


def pairs_of(edges: Iterable[Edge]) -> dict[str, list[Pair]]:
    """The ends of `edges`, by relation."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for edge in edges:
        pairs[edge.relation].append(Pair(edge.source, edge.target))
    return pairs


def there(backend: Any, edges: Iterable[Edge]) -> list[Edge]:
    """What stands in the slots of `edges` now. One question for each relation."""
    return [
        edge
        for relation, pairs in pairs_of(edges).items()
        for edge in stand_in(backend, relation, pairs)
    ]


def put(backend: Any, edges: list[Edge]) -> None:
    for relation, pairs in pairs_of(edges).items():
        backend.ask(Remove(relation, pairs))
    backend.ask(Add(edges))


def stand_in(backend: Any, relation: str, pairs: list[Pair]) -> list[Edge]:
    name = type(backend).__name__
    if name == "MemoryBackend":
        from sequere.backends.memory import edge_of

        with backend.store.lock:
            slots = dict(backend.store.slots)
        return [
            edge_of((relation, *p), slots[relation, *p])
            for p in pairs
            if (relation, *p) in slots
        ]
    if "Redis" in name:
        from sequere.backends.redis.keys import Ends

        return backend._run(
            backend.writes.reads.present([Ends(relation, *pair) for pair in pairs])
        )
    from sequere.backends.simple.dialect import COLUMNS, same
    from sequere.backends.simple.rows import edges_from

    engine = backend._writer()
    return [
        edge
        for s, t in pairs
        for edge in edges_from(
            engine.read(
                (
                    f"SELECT {COLUMNS} FROM sequere_edge WHERE {same('')} "
                    "AND state < 8",
                    [s[1], s[0], relation, t[1], t[0]],
                )
            )
        )
    ]
