"""The verbs. Each gives the registry's refs to a backend, and is otherwise thin.

A resource is an instance of a registered model, or a Ref. `using` is the alias of a
backend. All raise the registry's errors for what is not a resource, and
UnknownBackend for an alias that is not configured.

What begins with an `a` does the same for asyncio, at the same cost. Its writes are$
final when it returns: no transaction of Django's can surround it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.models import Model
from django.dispatch import Signal
from django.utils import timezone

from sequere.backends.base import BaseBackend
from sequere.exceptions import InvalidEdge
from sequere.handler import get_backend
from sequere.lists import ResourceList
from sequere.loops import notice
from sequere.plans import acarry_out, carry_out
from sequere.registration import Resource, registry
from sequere.signals import followed, unfollowed
from sequere.sources import CommonSource, Kind, PageSource, identifiers_of
from sequere.suggestions import Search, Suggestion
from sequere.types import FOLLOW, Direction, Edge, FollowState, Neighbours, Pair
from sequere.utils import batched

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    M = TypeVarWithDefault("M", bound=Model, default=Any)

R = TypeVar("R", bound=Resource)
Follow = tuple[Resource, Resource] | tuple[Resource, Resource, datetime]

BATCH_SIZE = 50_000


def follow(source: Resource, target: Resource, *, using: str | None = None) -> bool:
    """Let `source` follow `target`. Return whether that is new.

    False if it did already (it keeps the time of the first), or if one of them is
    being deleted. Raise SelfFollow. One query.
    """
    edge = Edge(FOLLOW, registry.ref(source), registry.ref(target), timezone.now())
    return bool(_add([edge], get_backend(using)))


async def afollow(
    source: Resource, target: Resource, *, using: str | None = None
) -> bool:
    edge = Edge(FOLLOW, registry.ref(source), registry.ref(target), timezone.now())
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

    Reads any iterable in batches of 50,000; one query for each pair of types in a batch
    (SQLite: and for each 5,000 edges; MariaDB: 100).
    """
    backend = get_backend(using)
    now = timezone.now()
    with backend.atomic():
        return [
            edge
            for batch in batched(follows, BATCH_SIZE)
            for edge in _add([_edge(each, now) for each in batch], backend)
        ]


async def afollow_many(
    follows: Iterable[Follow], *, using: str | None = None
) -> list[Edge]:
    backend = get_backend(using)
    if backend.supports_transactions:
        return await sync_to_async(follow_many)(follows, using=using)
    now = timezone.now()
    return [
        edge
        for batch in batched(follows, BATCH_SIZE)
        for edge in await _aadd([_edge(each, now) for each in batch], backend)
    ]


def unfollow_many(
    pairs: Iterable[tuple[Resource, Resource]], *, using: str | None = None
) -> list[Edge]:
    """Undo many follows: pairs `(source, target)`. Return the edges that were there.

    All or nothing, and the cost, as in follow_many().
    """
    backend = get_backend(using)
    with backend.atomic():
        return [
            edge
            for batch in batched(pairs, BATCH_SIZE)
            for edge in _remove([_pair(each) for each in batch], backend)
        ]


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
    with backend.atomic():
        return [
            edge
            for relation, each in pairs.items()
            for edge in _remove(each, backend, relation)
        ]


def archive(resource: Resource, *, using: str | None = None) -> None:
    """Take `resource` out of all lists and counts, and all out of its own, until
    restore(). For suspended accounts, say: ModelBase.get_queryset() hides them from
    lists only.

    Not an unfollow: no signals are sent. Who follows it, or is followed by it, from
    now on is seen as ever. Costs a few queries for each 500 edges.
    """
    get_backend(using).archive(FOLLOW, registry.ref(resource))


async def aarchive(resource: Resource, *, using: str | None = None) -> None:
    await get_backend(using).aarchive(FOLLOW, registry.ref(resource))


def restore(resource: Resource, *, using: str | None = None) -> None:
    """Bring `resource` back as it was when it was archived, with all times. Its edges
    to what is still archived wait for that. Costs what archive() costs.
    """
    get_backend(using).restore(FOLLOW, registry.ref(resource))


async def arestore(resource: Resource, *, using: str | None = None) -> None:
    await get_backend(using).arestore(FOLLOW, registry.ref(resource))


def is_following(
    source: Resource, target: Resource, *, using: str | None = None
) -> bool:
    """Does `source` follow `target`? One query."""
    if settings.DEBUG:
        notice("is_following", source, target)
    return get_backend(using).contains(
        FOLLOW, registry.ref(source), registry.ref(target)
    )


async def ais_following(
    source: Resource, target: Resource, *, using: str | None = None
) -> bool:
    if settings.DEBUG:
        notice("ais_following", source, target)
    return await get_backend(using).acontains(
        FOLLOW, registry.ref(source), registry.ref(target)
    )


def followings_among(
    source: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, datetime]:
    """Those of `others` that `source` follows, and since when. One query."""
    return _among(source, others, "followings", using)


async def afollowings_among(
    source: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, datetime]:
    return await _aamong(source, others, "followings", using)


def followers_among(
    target: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, datetime]:
    """Those of `others` that follow `target`, and since when. One query."""
    return _among(target, others, "followers", using)


async def afollowers_among(
    target: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, datetime]:
    return await _aamong(target, others, "followers", using)


def friends_among(
    resource: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, datetime]:
    """Those of `others` that `resource` follows, since when, and is followed back by.
    One query.
    """
    return _friends_in(follow_states(resource, others, using=using))


async def afriends_among(
    resource: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, datetime]:
    return _friends_in(await afollow_states(resource, others, using=using))


def follow_states(
    viewer: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, FollowState]:
    """How `viewer` and each of `others` stand to each other. One query."""
    refs = {other: registry.ref(other) for other in others}
    states = get_backend(using).states(FOLLOW, registry.ref(viewer), refs.values())
    return {other: states[ref] for other, ref in refs.items()}


async def afollow_states(
    viewer: Resource, others: Iterable[R], *, using: str | None = None
) -> dict[R, FollowState]:
    refs = {other: registry.ref(other) for other in others}
    states = await get_backend(using).astates(
        FOLLOW, registry.ref(viewer), refs.values()
    )
    return {other: states[ref] for other, ref in refs.items()}


def get_followers(
    target: Resource, *kinds: type[M] | str, using: str | None = None
) -> ResourceList[tuple[M, datetime]]:
    """Who follows `target`, newest first; of some models or identifiers only, if
    `kinds` are given. Lazy: see ResourceList for what it costs.
    """
    return _list(target, "followers", kinds, using)


def get_followings(
    source: Resource, *kinds: type[M] | str, using: str | None = None
) -> ResourceList[tuple[M, datetime]]:
    """What `source` follows. See get_followers()."""
    return _list(source, "followings", kinds, using)


def get_friends(
    resource: Resource, *kinds: type[M] | str, using: str | None = None
) -> ResourceList[tuple[M, datetime]]:
    """What `resource` follows, since when, and is followed back by.

    See get_followers(). A page, or len(), costs two queries, and at most a few reads of
    the shorter of both lists.
    """
    return _common(resource, "followings", resource, "followers", kinds, using)


def get_common_followings(
    resource: Resource, other: Resource, *kinds: type[M] | str, using: str | None = None
) -> ResourceList[tuple[M, datetime]]:
    """What `resource` follows, since when, and `other` follows too. See get_friends()
    for the cost.
    """
    return _common(resource, "followings", other, "followings", kinds, using)


def get_common_followers(
    resource: Resource, other: Resource, *kinds: type[M] | str, using: str | None = None
) -> ResourceList[tuple[M, datetime]]:
    """Who follows `resource`, since when, and follows `other` too. See get_friends()
    for the cost.
    """
    return _common(resource, "followers", other, "followers", kinds, using)


def get_known_followers(
    viewer: Resource, target: Resource, *kinds: type[M] | str, using: str | None = None
) -> ResourceList[tuple[M, datetime]]:
    """Who among the followings of `viewer`, since when, follows `target`: "followed by
    X, Y and 3 others that you follow". See get_friends() for the cost.
    """
    return _common(viewer, "followings", target, "followers", kinds, using)


def get_suggestions(
    viewer: Resource,
    *kinds: type[M] | str,
    limit: int = 10,
    sources: int = 100,
    depth: int = 100,
    reasons: int = 3,
    using: str | None = None,
) -> list[Suggestion[M]]:
    """What `viewer` could follow: what its followings follow, and it does not. First
    what most of them follow, each with up to `reasons` of them.

    Looks at the `depth` newest followings of each of the `sources` newest followings
    of `viewer`, so that it costs no more for who follows thousands. Three queries, and
    one for each type of instance.
    """
    return carry_out(
        _search(viewer, kinds, using, limit, sources, depth, reasons).plan()
    )


async def aget_suggestions(
    viewer: Resource,
    *kinds: type[M] | str,
    limit: int = 10,
    sources: int = 100,
    depth: int = 100,
    reasons: int = 3,
    using: str | None = None,
) -> list[Suggestion[M]]:
    return await acarry_out(
        _search(viewer, kinds, using, limit, sources, depth, reasons).plan()
    )


def get_followers_count(
    target: Resource, *kinds: Kind, using: str | None = None
) -> int:
    """How many follow `target`. One query, whose cost does not depend on the count."""
    if settings.DEBUG:
        notice("get_followers_count", target)
    return len(get_followers(target, *kinds, using=using))


async def aget_followers_count(
    target: Resource, *kinds: Kind, using: str | None = None
) -> int:
    if settings.DEBUG:
        notice("aget_followers_count", target)
    return await get_followers(target, *kinds, using=using).acount()


def get_followings_count(
    source: Resource, *kinds: Kind, using: str | None = None
) -> int:
    """How many `source` follows. See get_followers_count()."""
    if settings.DEBUG:
        notice("get_followings_count", source)
    return len(get_followings(source, *kinds, using=using))


async def aget_followings_count(
    source: Resource, *kinds: Kind, using: str | None = None
) -> int:
    if settings.DEBUG:
        notice("aget_followings_count", source)
    return await get_followings(source, *kinds, using=using).acount()


def get_friends_count(
    resource: Resource, *kinds: Kind, using: str | None = None
) -> int:
    """How many friends `resource` has. Two queries: see get_friends()."""
    return len(get_friends(resource, *kinds, using=using))


async def aget_friends_count(
    resource: Resource, *kinds: Kind, using: str | None = None
) -> int:
    return await get_friends(resource, *kinds, using=using).acount()


def get_followers_counts(
    targets: Iterable[R], *kinds: Kind, using: str | None = None
) -> dict[R, int]:
    """get_followers_count() of each of `targets`. One query for all."""
    return _counts_of(targets, "followers", kinds, using)


async def aget_followers_counts(
    targets: Iterable[R], *kinds: Kind, using: str | None = None
) -> dict[R, int]:
    return await _acounts_of(targets, "followers", kinds, using)


def get_followings_counts(
    sources: Iterable[R], *kinds: Kind, using: str | None = None
) -> dict[R, int]:
    """get_followings_count() of each of `sources`. One query for all."""
    return _counts_of(sources, "followings", kinds, using)


async def aget_followings_counts(
    sources: Iterable[R], *kinds: Kind, using: str | None = None
) -> dict[R, int]:
    return await _acounts_of(sources, "followings", kinds, using)


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


def _edge(each: Follow, now: datetime) -> Edge:
    match each:
        case (source, target):
            when = None
        case (source, target, when):
            pass
        case _:
            raise InvalidEdge(
                f"{each!r} is not a follow: (source, target) or (source, target, when)."
            )
    return Edge(FOLLOW, registry.ref(source), registry.ref(target), when or now)


def _pair(each: tuple[Resource, Resource]) -> Pair:
    match each:
        case (source, target):
            return Pair(registry.ref(source), registry.ref(target))
    raise InvalidEdge(f"{each!r} is not a pair: (source, target).")


def _among(
    resource: Resource, others: Iterable[R], direction: Direction, using: str | None
) -> dict[R, datetime]:
    refs = {other: registry.ref(other) for other in others}
    found = get_backend(using).lookup(
        FOLLOW, registry.ref(resource), direction, refs.values()
    )
    return {other: found[ref] for other, ref in refs.items() if ref in found}


async def _aamong(
    resource: Resource, others: Iterable[R], direction: Direction, using: str | None
) -> dict[R, datetime]:
    refs = {other: registry.ref(other) for other in others}
    found = await get_backend(using).alookup(
        FOLLOW, registry.ref(resource), direction, refs.values()
    )
    return {other: found[ref] for other, ref in refs.items() if ref in found}


def _friends_in(states: dict[R, FollowState]) -> dict[R, datetime]:
    return {
        other: state.followed_since
        for other, state in states.items()
        if state.followed_since and state.follows_viewer
    }


def _list(
    resource: Resource,
    direction: Direction,
    kinds: Iterable[Kind],
    using: str | None,
) -> ResourceList[Any]:
    whose = Neighbours(registry.ref(resource), direction)
    backend = get_backend(using)
    return ResourceList(PageSource(backend, FOLLOW, whose, identifiers_of(kinds)))


def _common(
    resource: Resource,
    direction: Direction,
    other: Resource,
    other_direction: Direction,
    kinds: Iterable[Kind],
    using: str | None,
) -> ResourceList[Any]:
    first = Neighbours(registry.ref(resource), direction)
    second = Neighbours(registry.ref(other), other_direction)
    backend, identifiers = get_backend(using), identifiers_of(kinds)
    return ResourceList(
        CommonSource(backend, FOLLOW, first, identifiers, second=second)
    )


def _search(
    viewer: Resource,
    kinds: Iterable[Kind],
    using: str | None,
    limit: int,
    sources: int,
    depth: int,
    reasons: int,
) -> Search:
    ref, identifiers = registry.ref(viewer), identifiers_of(kinds)
    for option, number in (("limit", limit), ("sources", sources), ("depth", depth)):
        if number < 1:
            raise ValueError(f"{option!r} must be at least 1, not {number!r}.")
    return Search(
        get_backend(using), FOLLOW, ref, identifiers, limit, sources, depth, reasons
    )


def _counts_of(
    resources: Iterable[R],
    direction: Direction,
    kinds: Iterable[Kind],
    using: str | None,
) -> dict[R, int]:
    refs = {resource: registry.ref(resource) for resource in resources}
    counts = get_backend(using).counts(
        FOLLOW, refs.values(), direction, identifiers=identifiers_of(kinds)
    )
    return {resource: counts[ref] for resource, ref in refs.items()}


async def _acounts_of(
    resources: Iterable[R],
    direction: Direction,
    kinds: Iterable[Kind],
    using: str | None,
) -> dict[R, int]:
    refs = {resource: registry.ref(resource) for resource in resources}
    counts = await get_backend(using).acounts(
        FOLLOW, refs.values(), direction, identifiers=identifiers_of(kinds)
    )
    return {resource: counts[ref] for resource, ref in refs.items()}
