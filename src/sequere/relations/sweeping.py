"""Edges that have ended are removed from the store, too."""

from __future__ import annotations

from collections.abc import Iterable

from sequere.backends.base import BaseBackend
from sequere.backends.derived import by_relation
from sequere.declaration import UNTIL, declared
from sequere.questions import Expire
from sequere.times import is_over, now
from sequere.types import Edge


def ended(edges: Iterable[Edge]) -> list[Edge]:
    """The ends among `edges`, of relations that expire, that are over."""
    names = {name + UNTIL for name, found in declared.items() if found.expires}
    moment = now()
    return [e for e in edges if e.relation in names and is_over(e.created, moment)]


def sweep(backend: BaseBackend, ends: Iterable[Edge]) -> int:
    """Remove `ends`, and the edges that ended. Return how many ends are gone."""
    moment = now()
    gone = [
        edge
        for name, pairs in by_relation(ends).items()
        for edge in backend.ask(Expire(name.removesuffix(UNTIL), pairs, moment))
    ]
    return sum(edge.relation.endswith(UNTIL) for edge in gone)
