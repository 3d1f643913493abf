"""The verbs that list, and suggest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sequere.handler import get_backend
from sequere.lists import M, ResourceList
from sequere.lists.readers import CommonReader, Kind, PageReader, identifiers_of
from sequere.lists.suggestions import Search, Suggestion
from sequere.plans import acarry_out, carry_out
from sequere.registration import Resource, registry
from sequere.types import FOLLOW, Direction, Neighbours


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
    search = _search(viewer, kinds, using, limit, sources, depth, reasons)
    in_thread = not search.backend.supports_async
    return await acarry_out(search.plan(), in_thread=in_thread)


def _list(
    resource: Resource,
    direction: Direction,
    kinds: Iterable[Kind],
    using: str | None,
) -> ResourceList[Any]:
    whose = Neighbours(registry.ref(resource), direction)
    backend = get_backend(using)
    return ResourceList(PageReader(backend, FOLLOW, whose, identifiers_of(kinds)))


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
        CommonReader(backend, FOLLOW, first, identifiers, second=second)
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
