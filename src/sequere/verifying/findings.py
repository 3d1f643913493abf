"""Findings: the problems of edges that a Scan reads in batches.

A finding is a pair of functions: `find` checks some edges, and `mend` repairs the
problems. Every backend is verified by all of FINDINGS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from django.db import router
from django.db.models import Model, QuerySet

from sequere.approval import has_approval, read_asking
from sequere.batching import batched
from sequere.databases import home_of
from sequere.declaration import BLOCK, barred_relations, declared
from sequere.exceptions import InvalidEdge
from sequere.questions import Accept, Forget
from sequere.registration import Registration, registry
from sequere.times import now
from sequere.types import REQUESTED, Edge, Problem, Ref
from sequere.verifying.exact import Backend, Slot, slot_of, there

#: The number of rows that one query looks up.
ROWS = 500


class Doubt(NamedTuple):
    """A problem, unless its edges are just being written."""

    problem: Problem
    edges: frozenset[Edge]


class Finding(NamedTuple):
    find: Callable[[Backend, Sequence[Edge]], dict[Hashable, Doubt]]
    mend: Callable[[Backend, Collection[Any]], None]


def undeclared(edges: Iterable[Edge]) -> Iterator[Problem]:
    """Find relations without a declaration."""
    for relation in sorted({edge.relation for edge in edges} - declared.keys()):
        yield Problem(relation, UNDECLARED, by_hand=True)


def unregistered(edges: Iterable[Edge]) -> Iterator[Problem]:
    """Find identifiers without a model."""
    identifiers = {ref.identifier for edge in edges for ref in edge[1:3]}
    for identifier in sorted(identifiers):
        if registry.find(identifier) is None:
            yield Problem(identifier, UNREGISTERED, by_hand=True)


def orphans(backend: Backend, edges: Sequence[Edge]) -> dict[Hashable, Doubt]:
    """Find refs whose row is gone. One query for each 500 refs of a model."""
    by_ref: dict[Ref, set[Edge]] = defaultdict(set)
    for edge in edges:
        by_ref[edge.source].add(edge)
        by_ref[edge.target].add(edge)
    return {
        ref: Doubt(Problem(str(ref), GONE), frozenset(by_ref[ref]))
        for ref in without_rows(by_ref)
    }


def forget(backend: Backend, refs: Collection[Ref]) -> None:
    backend.ask(Forget(list(refs)))


def barred(backend: Backend, edges: Sequence[Edge]) -> dict[Hashable, Doubt]:
    """Find blocks beside edges that they bar, and blocks whose bars are missing. One
    question for each barred relation, and a query.
    """
    slots = {
        (relation, *ends): block
        for block in edges
        if block.relation == BLOCK
        for relation in barred_relations()
        for ends in (block[1:3], block[2:0:-1])
    }
    blocks = list(dict.fromkeys(slots.values()))
    found = dict.fromkeys(backend.unbarred(barred_relations(), blocks), UNBARRED)
    found |= dict.fromkeys((slots[slot] for slot in there(backend, slots)), BESIDE)
    return {
        block: Doubt(Problem(f"{block} (block)", what), frozenset([block]))
        for block, what in found.items()
    }


def bar_again(backend: Backend, blocks: Collection[Edge]) -> None:
    backend.bar_again(barred_relations(), list(blocks))


def unanswered(backend: Backend, edges: Sequence[Edge]) -> dict[Hashable, Doubt]:
    """Requests to targets that do not approve their followers any more. One query for
    each model that has `approval`.
    """
    requests = [
        edge
        for edge in edges
        if edge.state & REQUESTED
        and (relation := declared.get(edge.relation))
        and relation.approval
        and has_approval(edge.target)
    ]
    asking = read_asking({edge.target for edge in requests})
    return {
        slot_of(edge): Doubt(
            Problem(f"{edge} ({edge.relation})", OPEN), frozenset([edge])
        )
        for edge in requests
        if edge.target not in asking
    }


def accept(backend: Backend, slots: Collection[Slot]) -> None:
    for relation, target in sorted({(slot[0], slot[2]) for slot in slots}):
        backend.ask(Accept(relation, target, None, now()))


FINDINGS = (
    Finding(orphans, forget),
    Finding(barred, bar_again),
    Finding(unanswered, accept),
)


def without_rows(refs: Iterable[Ref]) -> Iterator[Ref]:
    """Yield the `refs` of registered models that have no row."""
    by_identifier: dict[str, list[Ref]] = defaultdict(list)
    for ref in refs:
        by_identifier[ref.identifier].append(ref)
    for identifier, same in by_identifier.items():
        if registration := registry.find(identifier):
            for batch in batched(same, ROWS):
                there = refs_of_rows(registration, batch)
                yield from (ref for ref in batch if ref not in there)


def refs_of_rows(registration: Registration, refs: Iterable[Ref]) -> set[Ref]:
    """Return the refs of the rows with the keys of `refs`, each in its home database.

    The model's own managers are not used, because they may hide rows.
    """
    model = registration.model
    by_home: dict[str, list[Any]] = defaultdict(list)
    for ref in refs:
        with suppress(InvalidEdge):
            key = registration.key(ref.object_id)
            by_home[home_of_key(model, key)].append(key)
    return {
        registration.ref(key)
        for home, keys in by_home.items()
        for key in QuerySet(model, using=home)
        .filter(pk__in=keys)
        .values_list("pk", flat=True)
    }


def home_of_key(model: type[Model], key: Any) -> str:
    """Return the database in which the project's routers keep the row with this key."""
    if not router.routers:
        return home_of(model)
    return home_of(model, instance=model(pk=key))


BESIDE = "edges that it bars stand beside it"
UNBARRED = "the bars that it should have are missing"
GONE = "edges name it, and its row does not exist"
UNDECLARED = "has edges, and is not declared; declare it, or remove its edges"
OPEN = "is a request, and its target does not approve its followers any more"
UNREGISTERED = (
    "edges name it, and no registered model has this identifier; register the model, "
    "or remove its edges"
)
