"""The rows of the table for the verbs that read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.contrib.auth.models import User

from benchmarks.graph import START
from benchmarks.scale.world import MANY, World
from benchmarks.verbs import PAGE_SIZE
from sequere import api
from sequere.handler import get_backend
from sequere.managers import FollowQuerySet
from sequere.questions import Scan
from sequere.states import with_follow_state

#: A measured call, and its right answer, if there is one.
Call = tuple[Callable[[], Any], Any]
Row = Callable[[World], Iterable[Call]]

TIMES = 10
ANY = None


def each(
    verb: Callable[..., Any], arguments: Iterable[Iterable[Any]], right: Any = ANY
) -> Iterator[Call]:
    for given in arguments:
        yield partial(verb, *given), right


def again(verb: Callable[..., Any], *given: Any, right: Any = ANY) -> Iterator[Call]:
    return each(verb, [given] * TIMES, right)


def page(resources: Any, after: str | None = None) -> int:
    return len(resources.page(PAGE_SIZE, after=after).items)


def rows(queryset: Any, size: int) -> int:
    return len(queryset[:size])


def users() -> FollowQuerySet[User]:
    return FollowQuerySet(User)


def is_following(world: World) -> Iterator[Call]:
    yield from each(api.is_following, world.known(20), right=True)
    yield from each(api.is_following, world.fresh(20), right=False)


def is_following_celebrity(world: World) -> Iterator[Call]:
    fans = ((each, world.celebrity) for each in world.crowd(20))
    yield from each(api.is_following, fans)
    news = ((each, world.celebrity) for each in world.new[:20])
    yield from each(api.is_following, news, right=False)


def among(verb: Callable[..., Any]) -> Row:
    return lambda world: each(
        verb, [(source, world.crowd()) for source in world.sources(TIMES)]
    )


def among_of(verb: Callable[..., Any]) -> Row:
    return lambda world: each(
        verb, [(world.celebrity, world.crowd()) for _ in range(TIMES)]
    )


def of_celebrity(listed: Callable[..., Any], right: Any = ANY) -> Row:
    """Read the first page of a list of the celebrity."""
    return lambda world: again(page, listed(world.celebrity), right=right)


def with_celebrity(listed: Callable[..., Any]) -> Row:
    """Read the first page of a list that users share with the celebrity."""
    return lambda world: each(
        page, [[listed(user, world.celebrity)] for user in world.sources(TIMES)]
    )


def state_of_items(world: World) -> Iterator[Call]:
    def read(viewer: User, items: list[User]) -> int:
        return len([*with_follow_state(viewer, items)])

    pairs = [(viewer, world.crowd()) for viewer in world.sources(TIMES)]
    return each(read, pairs, right=MANY)


def state_of_rows(world: World) -> Iterator[Call]:
    querysets = (users().with_follow_state(each) for each in world.sources(TIMES))
    return each(rows, [(each.order_by("pk"), MANY) for each in querysets], MANY)


def moment(world: World, share: float) -> Any:
    """Return the time when this share of the graph was there."""
    return START + timedelta(seconds=len(world.graph) * share)


def iteration(world: World) -> Iterator[Call]:
    def read() -> int:
        return sum(1 for _ in islice(api.get_followers(world.celebrity), 1000))

    return again(read, right=min(1000, world.fans))


def sorted_rows(world: World) -> Iterator[Call]:
    keys = [[user.pk for user in world.crowd()] for _ in range(TIMES)]
    chosen = (users().filter(pk__in=each) for each in keys)
    return each(rows, [(each.order_by_followers(), MANY) for each in chosen], MANY)


def middle_slice(world: World) -> list[Any]:
    start = world.fans // 2
    return api.get_followers(world.celebrity)[start : start + PAGE_SIZE]


def celebrity_count(world: World) -> Iterator[Call]:
    return again(api.get_followers_count, world.celebrity, right=world.fans)


READS: dict[str, Row] = {
    "is_following": is_following,
    "is_following, celebrity": is_following_celebrity,
    "get_followers_count, celebrity": celebrity_count,
    "get_followers_count, typical": lambda world: each(
        api.get_followers_count, [[user] for user in world.typical(20)]
    ),
    "get_followings_count, eager user": lambda world: again(
        api.get_followings_count, world.eager
    ),
    "get_followers_counts of 50": lambda world: again(
        api.get_followers_counts, world.crowd()
    ),
    "get_friends_count, typical": lambda world: each(
        api.get_friends_count, [[user] for user in world.typical(20)]
    ),
    "page of 20 followers, celebrity": of_celebrity(api.get_followers, PAGE_SIZE),
    "page of 20 from the middle, celebrity": lambda world: again(
        page, api.get_followers(world.celebrity), world.middle, right=PAGE_SIZE
    ),
    "page of 20 oldest, celebrity": lambda world: again(
        page, api.get_followers(world.celebrity).oldest_first(), right=PAGE_SIZE
    ),
    "page of 20 before a time, celebrity": lambda world: again(
        page, api.get_followers(world.celebrity).until(moment(world, 0.5))
    ),
    "page of 20 followers, typical": lambda world: each(
        page, [[api.get_followers(user)] for user in world.typical(20)]
    ),
    "page of 20 followings, eager user": lambda world: again(
        page, api.get_followings(world.eager)
    ),
    "slice [1000:1020], celebrity": lambda world: again(
        lambda: api.get_followers(world.celebrity)[1000:1020]
    ),
    "1,000 by iteration, celebrity": iteration,
    "user in followers, celebrity": lambda world: each(
        api.get_followers(world.celebrity).__contains__,
        [[user] for user in world.crowd(20)],
    ),
    "page of 20 friends, celebrity": of_celebrity(api.get_friends),
    "page of 20 friends, typical": lambda world: each(
        page, [[api.get_friends(user)] for user in world.typical(20)]
    ),
    "page of 20 known followers, celebrity": with_celebrity(api.get_known_followers),
    "page of 20 common followers, celebrity": with_celebrity(api.get_common_followers),
    "page of 20 common followings, celebrity": with_celebrity(
        api.get_common_followings
    ),
    "get_suggestions, typical": lambda world: each(
        lambda user: [*api.get_suggestions(user)],
        [[user] for user in world.typical(TIMES)],
    ),
    "followings_among of 50": among(api.followings_among),
    "followers_among of 50, celebrity": among_of(api.followers_among),
    "friends_among of 50, celebrity": among_of(api.friends_among),
    "follow_states of 50": among(api.follow_states),
    "follow_states of 50, celebrity": among_of(api.follow_states),
    "with_follow_state of 50 instances": state_of_items,
    "queryset: followed_by, 20 rows": lambda world: each(
        rows, [(users().followed_by(user), 20) for user in world.sources(TIMES)]
    ),
    "queryset: with_follow_state, 50 rows": state_of_rows,
    "queryset: with_followers_count, 50 rows": lambda world: again(
        rows, users().with_followers_count().order_by("pk"), MANY, right=MANY
    ),
    "queryset: order_by_followers of 50 rows": sorted_rows,
    "page of 20 requests": lambda world: again(
        page, api.get_follow_requests(world.group), right=PAGE_SIZE
    ),
    "get_follow_requests_count": lambda world: again(
        api.get_follow_requests_count, world.group, right=len(world.strangers)
    ),
    "is_blocking": lambda world: each(
        api.is_blocking,
        [(world.celebrity, user) for user in world.strangers[:20]],
        True,
    ),
    "blocked_among of 50": lambda world: again(
        lambda: len(api.blocked_among(world.celebrity, world.strangers[:MANY])),
        right=MANY,
    ),
    "page of 20 blocked": of_celebrity(api.get_blocked, PAGE_SIZE),
    "is_muting": lambda world: each(
        api.is_muting, [(world.celebrity, user) for user in world.strangers[:20]], True
    ),
    "muted_among of 50": lambda world: again(
        lambda: len(api.muted_among(world.celebrity, world.strangers[:MANY])),
        right=MANY,
    ),
    "page of 20 without the muted, celebrity": lambda world: again(
        page,
        api.get_followers(world.celebrity, exclude=api.get_muted(world.celebrity)),
        right=PAGE_SIZE,
    ),
    "page of 20 of a rare level, celebrity": lambda world: [
        (partial(page, api.get_followers(world.celebrity, level=7)), ANY)
    ],
    "scan of 1,000 edges": lambda world: again(lambda: get_backend().ask(Scan())),
}

#: These read more in a larger store, and the documentation says so.
GROWING: dict[str, Row] = {
    "queryset: order_by_followers of all rows": lambda world: [
        (partial(rows, users().order_by_followers(), 20), 20)
    ],
    "queryset: followers_of, celebrity, 20 rows": lambda world: [
        (partial(rows, users().followers_of(world.celebrity), 20), 20)
    ],
    "queryset: followers_of in the order of keys, celebrity": lambda world: [
        (partial(rows, users().followers_of(world.celebrity).order_by("-pk"), 20), 20)
    ],
    "get_friends_count, eager user": lambda world: [
        (partial(api.get_friends_count, world.eager), ANY)
    ],
    "len() since a time, celebrity": lambda world: [
        (api.get_followers(world.celebrity).since(moment(world, 0.5)).count, ANY)
    ],
    "slice from the middle, celebrity": lambda world: [
        (partial(middle_slice, world), ANY)
    ],
}
