"""Edges that have ended are removed from the store, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import partial

from sequere.backends.base import BaseBackend
from sequere.declaration import UNTIL, declared
from sequere.lists.filters import is_over
from sequere.plans import Plan
from sequere.questions import Add, Edges, Put, Remove
from sequere.types import Edge, Pair
from sequere.verbs import carry_out

REASON = "expired"


def ended(edges: Iterable[Edge]) -> list[Edge]:
    """The ends among `edges`, of relations that expire, that are over."""
    names = {name + UNTIL for name, found in declared.items() if found.expires}
    return [e for e in edges if e.relation in names and is_over(e.created)]


def sweep(backend: BaseBackend, ends: Iterable[Edge]) -> int:
    """Remove `ends`, and the edges that ended. Return how many ends are gone."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for end in ends:
        relation = end.relation.removesuffix(UNTIL)
        pairs[relation].append(Pair(end.source, end.target))
    return sum(
        backend.atomically(partial(sweep_pairs, backend, relation, each))
        for relation, each in pairs.items()
    )


def sweep_pairs(backend: BaseBackend, relation: str, pairs: list[Pair]) -> int:
    return carry_out(swept(relation, pairs), backend)


def swept(relation: str, pairs: list[Pair]) -> Plan[int]:
    """Remove the edges between `pairs` that have ended.

    Others may renew them meanwhile: a renewal writes the end first, then the edge.
    """
    ends = yield from Remove(relation + UNTIL, pairs, REASON)
    over = [end for end in ends if is_over(end.created)]
    yield from Put([end for end in ends if not is_over(end.created)])
    gone = [Pair(end.source, end.target) for end in over]
    edges = yield from Remove(relation, gone, REASON)
    # Without transactions, an edge may have got a new end before it was removed.
    again = yield from Edges(relation + UNTIL, gone)
    yield from Add([e for e in edges if Pair(e.source, e.target) in again])
    return len(over)
