"""The verbs that count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.conf import settings

from sequere.api.listing import get_followers, get_followings, get_friends
from sequere.handler import get_backend
from sequere.lists.readers import Kind, identifiers_of
from sequere.nplusone import notice
from sequere.registration import Resource, registry
from sequere.types import FOLLOW, Direction

R = TypeVar("R", bound=Resource)


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
