"""The verbs that change something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from asgiref.sync import sync_to_async
from django.dispatch import Signal

from sequere.backends.base import BaseBackend
from sequere.batching import batched
from sequere.exceptions import InvalidEdge
from sequere.handler import get_backend
from sequere.registration import Resource, registry
from sequere.signals import followed, unfollowed
from sequere.times import now
from sequere.types import FOLLOW, Edge, Pair

Follow = tuple[Resource, Resource] | tuple[Resource, Resource, datetime]

BATCH_SIZE = 50_000


def follow(source: Resource, target: Resource, *, using: str | None = None) -> bool:
    """Let `source` follow `target`. Return whether that is new.

    False if it did already (it keeps the time of the first), or if one of them is
    being deleted. Raise SelfFollow. One query.
    """
    edge = Edge(FOLLOW, registry.ref(source), registry.ref(target), now())
    return bool(_add([edge], get_backend(using)))


async def afollow(
    source: Resource, target: Resource, *, using: str | None = None
) -> bool:
    edge = Edge(FOLLOW, registry.ref(source), registry.ref(target), now())
    return bool(await _aadd([edge], get_backend(using)))


def unfollow(source: Resource, target: Resource, *, using: str | None = None) -> bool:
    """Let `source` no longer follow `target`. Return whether it did. One query."""
    pair = Pair(registry.ref(source), registry.ref(target))
    return bool(_remove([pair], get_backend(using)))


async def aunfollow(
    source: Resource, target: Resource, *, using: str | None = None
) -> bool:
    pair = Pair(registry.ref(source), registry.ref(target))
    return bool(await _aremove([pair], get_backend(using)))


def follow_many(follows: Iterable[Follow], *, using: str | None = None) -> list[Edge]:
    """Make many follows: pairs `(source, target)`, or `(source, target, when)`.

    Return the edges that are new; duplicates count once, with the first time, and what
    has no row in the database is left out. All or nothing, where the backend has
    transactions: to import a lot, call it with chunks, and again with the rest.

    Reads any iterable, then writes in batches of 50,000; one query for each pair of
    types in a batch (SQLite: and for each 4,000 edges; MariaDB: four for each 100).
    """
    backend = get_backend(using)
    moment = now()
    edges = [_edge(each, moment) for each in follows]
    return backend.atomically(
        lambda: [
            edge
            for batch in batched(edges, BATCH_SIZE)
            for edge in _add(batch, backend)
        ]
    )


async def afollow_many(
    follows: Iterable[Follow], *, using: str | None = None
) -> list[Edge]:
    backend = get_backend(using)
    if backend.supports_transactions:
        return await sync_to_async(follow_many)(follows, using=using)
    moment = now()
    return [
        edge
        for batch in batched(follows, BATCH_SIZE)
        for edge in await _aadd([_edge(each, moment) for each in batch], backend)
    ]


def unfollow_many(
    pairs: Iterable[tuple[Resource, Resource]], *, using: str | None = None
) -> list[Edge]:
    """Undo many follows: pairs `(source, target)`. Return the edges that were there.

    All or nothing, and the cost, as in follow_many().
    """
    backend = get_backend(using)
    found = [_pair(each) for each in pairs]
    return backend.atomically(
        lambda: [
            edge
            for batch in batched(found, BATCH_SIZE)
            for edge in _remove(batch, backend)
        ]
    )


async def aunfollow_many(
    pairs: Iterable[tuple[Resource, Resource]], *, using: str | None = None
) -> list[Edge]:
    backend = get_backend(using)
    if backend.supports_transactions:
        return await sync_to_async(unfollow_many)(pairs, using=using)
    return [
        edge
        for batch in batched(pairs, BATCH_SIZE)
        for edge in await _aremove([_pair(each) for each in batch], backend)
    ]


def remove_edges(edges: Iterable[Edge], *, using: str | None = None) -> list[Edge]:
    """Remove edges as they are stored, even if their models are not registered any
    more. Return those that were there. Cost as in follow_many(), a relation at a time.
    """
    backend = get_backend(using)
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for edge in edges:
        pairs[edge.relation].append(Pair(edge.source, edge.target))
    return backend.atomically(
        lambda: [
            edge
            for relation, each in sorted(pairs.items())
            for edge in _remove(each, backend, relation)
        ]
    )


def archive(resource: Resource, *, using: str | None = None) -> None:
    """Take the edges that `resource` has now out of all lists and counts, until
    restore(). For suspended accounts, say: ModelBase.get_queryset() hides them from
    lists only.

    Later follows are seen. Following an archived edge again changes nothing, and
    unfollowing removes it. No signals are sent. The cost grows with the edges. Raise
    NotSupported where the backend cannot archive.
    """
    get_backend(using).archive(FOLLOW, registry.ref(resource))


async def aarchive(resource: Resource, *, using: str | None = None) -> None:
    await get_backend(using).aarchive(FOLLOW, registry.ref(resource))


def restore(resource: Resource, *, using: str | None = None) -> None:
    """Bring back what archive() took, with all times. Edges whose other end is still
    archived stay away. See archive() for the cost.
    """
    get_backend(using).restore(FOLLOW, registry.ref(resource))


async def arestore(resource: Resource, *, using: str | None = None) -> None:
    await get_backend(using).arestore(FOLLOW, registry.ref(resource))


def _add(edges: list[Edge], backend: BaseBackend) -> list[Edge]:
    new = backend.add(edges)
    _announce(followed, new, backend)
    return new


def _remove(
    pairs: list[Pair], backend: BaseBackend, relation: str = FOLLOW
) -> list[Edge]:
    gone = backend.remove(relation, pairs)
    _announce(unfollowed, gone, backend)
    return gone


async def _aadd(edges: list[Edge], backend: BaseBackend) -> list[Edge]:
    new = await backend.aadd(edges)
    await _asend(followed, new, backend)
    return new


async def _aremove(pairs: list[Pair], backend: BaseBackend) -> list[Edge]:
    gone = await backend.aremove(FOLLOW, pairs)
    await _asend(unfollowed, gone, backend)
    return gone


def _announce(signal: Signal, edges: list[Edge], backend: BaseBackend) -> None:
    if edges and signal.has_listeners(type(backend)):
        backend.when_final(partial(_send, signal, edges, backend))


def _send(signal: Signal, edges: list[Edge], backend: BaseBackend) -> None:
    for edge in edges:
        # Robust: the edge is final, so a receiver's failure is logged, not raised.
        signal.send_robust(type(backend), edge=edge, using=backend.alias)


async def _asend(signal: Signal, edges: list[Edge], backend: BaseBackend) -> None:
    if signal.has_listeners(type(backend)):
        for edge in edges:
            await signal.asend_robust(type(backend), edge=edge, using=backend.alias)


def _edge(each: Follow, moment: datetime) -> Edge:
    match each:
        case (source, target):
            when = None
        case (source, target, when):
            pass
        case _:
            raise InvalidEdge(
                f"{each!r} is not a follow: (source, target) or (source, target, when)."
            )
    return Edge(FOLLOW, registry.ref(source), registry.ref(target), when or moment)


def _pair(each: tuple[Resource, Resource]) -> Pair:
    match each:
        case (source, target):
            return Pair(registry.ref(source), registry.ref(target))
    raise InvalidEdge(f"{each!r} is not a pair: (source, target).")
