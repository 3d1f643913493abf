"""Edges that have ended are removed from the store, too."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sequere.backends.base import BaseBackend
from sequere.backends.derived import by_relation
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
    return sum(
        backend.atomically(
            partial(sweep_pairs, backend, name.removesuffix(UNTIL), pairs)
        )
        for name, pairs in by_relation(ends).items()
    )


def sweep_pairs(backend: BaseBackend, relation: str, pairs: list[Pair]) -> int:
    swept = swept_at_once if backend.supports_transactions else swept_in_steps
    return carry_out(swept(relation, pairs), backend)


def swept_at_once(relation: str, pairs: list[Pair]) -> Plan[int]:
    """Remove the edges between `pairs` that have ended, in a transaction.

    Others may renew them meanwhile: a renewal locks the end first, then the edge.
    """
    ends = yield from Remove(relation + UNTIL, pairs, REASON)
    over, renewed = split(ends)
    yield from Put(renewed)
    yield from Remove(relation, pairs_of(over), REASON)
    return len(over)


def swept_in_steps(relation: str, pairs: list[Pair]) -> Plan[int]:
    """Remove the edges between `pairs` that have ended, without a transaction.

    The ends go last. If the process dies, the next run finds them again, and no edge is
    left without its end.
    """
    found = yield from Edges(relation + UNTIL, pairs)
    over, _ = split(found.values())
    edges = yield from Remove(relation, pairs_of(over), REASON)
    over, renewed = split((yield from Remove(relation + UNTIL, pairs_of(over), REASON)))
    yield from Put(renewed)
    again = {*pairs_of(renewed)}
    yield from Add([edge for edge in edges if Pair(edge.source, edge.target) in again])
    return len(over)


def split(ends: Iterable[Edge]) -> tuple[list[Edge], list[Edge]]:
    """Return the ends that are over, and the others."""
    over: list[Edge] = []
    others: list[Edge] = []
    for end in ends:
        (over if is_over(end.created) else others).append(end)
    return over, others


def pairs_of(edges: Iterable[Edge]) -> list[Pair]:
    return [Pair(edge.source, edge.target) for edge in edges]
