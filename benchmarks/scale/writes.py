"""The rows of the table for the verbs that write. Later rows undo earlier rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from benchmarks.scale.reads import Call, Row, each
from benchmarks.scale.world import MANY, NEW, Pairs, World
from sequere import api
from sequere.types import Attempt

DELETED = 1000
BATCHES = 3


class Kept:
    """Keeps the pairs of one row for the next rows."""

    def __init__(self, draw: Callable[[World], Pairs]) -> None:
        self.draw = draw
        self.pairs: Pairs = []

    def first(self, verb: Callable[..., Any], right: Any) -> Row:
        def row(world: World) -> Iterator[Call]:
            self.pairs = self.draw(world)
            return each(verb, self.pairs, right)

        return row

    def then(self, verb: Callable[..., Any], right: Any, *more: Any) -> Row:
        return lambda world: each(verb, [(*pair, *more) for pair in self.pairs], right)


def with_new(whom: Callable[[World], Any]) -> Kept:
    return Kept(lambda world: [(each, whom(world)) for each in world.new])


def to_many(verb: Callable[..., Any], right: int) -> Callable[..., bool]:
    return lambda *given: len(verb(*given)) == right


def following_many(world: World) -> Pairs:
    """Return calls with one argument: 50 pairs that are not in the graph."""
    others = {user.pk: user for user in world.crowd(BATCHES * MANY)}
    chosen = [*others.values()]
    return [
        ([(world.new[start], each) for each in chosen[start * MANY :][:MANY]],)  # type: ignore[misc]
        for start in range(BATCHES)
    ]


def asking(world: World) -> list[User]:
    """Let 50 users ask to follow the other group, and return the users."""
    strangers = world.strangers[:MANY]
    api.follow_many((each, world.other_group) for each in strangers)
    return strangers


def accept_many(world: World) -> Iterator[Call]:
    return each(
        to_many(api.accept_many, MANY), [(world.other_group, asking(world))], True
    )


def remove_followers(world: World) -> Iterator[Call]:
    given = [(world.other_group, world.strangers[:MANY])]
    return each(to_many(api.remove_followers, MANY), given, True)


def reject_many(world: World) -> Iterator[Call]:
    return each(
        to_many(api.reject_many, MANY), [(world.other_group, asking(world))], True
    )


def accept_pending(world: World) -> Iterator[Call]:
    asking(world)
    return each(to_many(api.accept_pending, MANY), [[world.other_group]], True)


def delete(size: int, times: int) -> Row:
    """Delete new users with `size` followers and `size` followings."""
    return lambda world: each(
        User.delete, [[world.new_user_of(size)] for _ in range(times)]
    )


def delete_followed(world: World) -> Iterator[Call]:
    [user] = world.new_users(1)
    followers = world.users(range(2, 2 + min(DELETED, world.graph.drawn_users - 1)))
    api.follow_many((each, user) for each in followers)
    return each(User.delete, [[user]])


def muting_until(world: World) -> Iterator[Call]:
    end = timezone.now() + timedelta(days=1)
    calls = [(world.eager, user) for user in world.new]
    return each(lambda *pair: api.mute(*pair, until=end), calls, True)


def unmuting(world: World) -> Iterator[Call]:
    return each(api.unmute, [(world.eager, user) for user in world.new], True)


ordinary = Kept(lambda world: world.fresh(NEW))
famous = with_new(lambda world: world.celebrity)
many = Kept(following_many)
requests = with_new(lambda world: world.group)
answers = Kept(lambda world: [pair[::-1] for pair in requests.pairs])
blocks = with_new(lambda world: world.eager)
cuts = Kept(lambda world: [pair[::-1] for pair in world.fresh(NEW)])
mutes = with_new(lambda world: world.eager)


def blocks_that_cut(world: World) -> Iterable[Call]:
    calls = cuts.first(api.block, True)(world)
    api.follow_many(pair[::-1] for pair in cuts.pairs)
    return calls


WRITES: dict[str, Row] = {
    "follow": ordinary.first(api.follow, right=True),
    "follow, again": ordinary.then(api.follow, False),
    "attempt_follow, again": ordinary.then(api.attempt_follow, Attempt.SAME),
    "set_level": ordinary.then(api.set_level, True, 3),
    "unfollow": ordinary.then(api.unfollow, True),
    "unfollow, again": ordinary.then(api.unfollow, False),
    "follow, celebrity": famous.first(api.follow, right=True),
    "unfollow, celebrity": famous.then(api.unfollow, True),
    "follow_many of 50": many.first(to_many(api.follow_many, MANY), right=True),
    "unfollow_many of 50": many.then(to_many(api.unfollow_many, MANY), True),
    "follow, as a request": requests.first(api.follow, right=False),
    "accept": answers.first(api.accept, right=True),
    "remove_follower": answers.then(api.remove_follower, True),
    "attempt_follow, as a request": requests.then(
        api.attempt_follow, Attempt.REQUESTED
    ),
    "reject": answers.then(api.reject, True),
    "accept_many of 50": accept_many,
    "remove_followers of 50": remove_followers,
    "reject_many of 50": reject_many,
    "accept_pending of 50": accept_pending,
    "remove_followers of 50, once more": remove_followers,
    "block": blocks.first(api.block, right=True),
    "follow, past a block": blocks.then(api.follow, False),
    "unblock": blocks.then(api.unblock, True),
    "block, which cuts a follow": blocks_that_cut,
    "unblock, after a cut": cuts.then(api.unblock, True),
    "mute": mutes.first(api.mute, right=True),
    "unmute": mutes.then(api.unmute, True),
    "mute until a time": muting_until,
    "unmute, before its time": unmuting,
    "archive, user of 20 and 20": lambda world: each(
        api.archive, [[user] for user in world.peers]
    ),
    "restore, user of 20 and 20": lambda world: each(
        api.restore, [[user] for user in world.peers]
    ),
    "delete, user of 20 and 20": delete(20, 3),
    "delete, user of 1,000 followers": delete_followed,
}
