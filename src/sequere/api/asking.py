"""The verbs that ask how resources stand to each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.conf import settings

from sequere.handler import get_backend
from sequere.nplusone import notice
from sequere.registration import Resource, registry
from sequere.types import FOLLOW, Direction, FollowState

R = TypeVar("R", bound=Resource)


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
