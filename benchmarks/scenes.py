"""The questions of a round, which are the same for all contenders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.graph import CELEBRITY, Graph, Pair

Calls = list[list[Any]]
#: The verb and its calls, by the name of a row of the table.
Scene = Mapping[str, tuple[str, Calls]]
Draw = Callable[["Cast", Random, int], Scene]

NEW = 40
MANY = 50
TIMES = 5
AWAITS = 1000


@dataclass(frozen=True, slots=True)
class Cast:
    """The users to ask about: of the whole graph, or of one list of known length.

    The celebrity has a group, which approves its followers.
    """

    users: Sequence[int]
    known: Sequence[Pair]
    fresh: Sequence[Pair]
    celebrity: int
    typical: Sequence[int]
    depth: int
    #: A user, and users without a follow from it or to it.
    newcomer: int
    strangers: Sequence[int]
    #: The users who have asked to follow the group.
    asking: Sequence[int]


def of_graph(graph: Graph) -> Cast:
    depth = min(10_000, graph.users // 2)
    everyone = range(1, graph.users + 1)
    [newcomer] = graph.typical(1)
    near = {user for pair in graph.edges if newcomer in pair for user in pair}
    return Cast(
        everyone,
        graph.edges,
        graph.fresh,
        CELEBRITY,
        graph.typical(20),
        depth,
        newcomer,
        [user for user in everyone if user not in near],
        everyone[depth:],
    )


def of_list(user: int, length: int, fresh: int) -> tuple[Cast, list[Pair]]:
    """Return a new user, with follows from and to the first users of the crowd."""
    crowd = range(1, length + 1 + fresh)
    asking, others = crowd[:length], crowd[length:]
    edges = [pair for each in asking for pair in ((each, user), (user, each))]
    late = [(each, user) for each in others]
    depth = length // 2
    return Cast(crowd, edges, late, user, [user], depth, user, others, asking), edges


def round_of_graph(cast: Cast, random: Random, number: int) -> Scene:
    celebrity: Calls = [[cast.celebrity]] * TIMES
    typical: Calls = [[user] for user in cast.typical]
    return {
        **writes(cast, random, number),
        "is following, yes": ("is_following", pairs(known(random, cast))),
        "is following, no": ("is_following", pairs(random.sample(cast.fresh, NEW))),
        "count, celebrity": ("count", celebrity * 4),
        "count, typical user": ("count", typical),
        "count of followings": ("count of followings", typical),
        "count of friends": ("count of friends", typical),
        "first page, celebrity": ("first page", celebrity),
        "first page, typical user": ("first page", typical),
        "deep page, celebrity": ("deep page", deep(cast)),
        "page of followings": ("followings", typical),
        **batches(random, cast, [source for source, _ in known(random, cast)[:10]]),
        "20 friends, celebrity": ("friends", celebrity),
        **shared(random, cast),
        "suggestions": ("suggestions", typical[:TIMES]),
        "1,000 awaits at once": ("awaits at once", awaits(random, cast)),
        **policy(cast, random),
        "archive, typical user": ("archive", typical[:TIMES]),
        "restore, typical user": ("restore", typical[:TIMES]),
    }


def round_of_list(cast: Cast, random: Random, number: int) -> Scene:
    """Return the scenes for one user, who has as many followers as followings."""
    one: Calls = [[cast.celebrity]] * TIMES
    return {
        **writes(cast, random, number),
        "is following, yes": ("is_following", pairs(known(random, cast))),
        "is following, no": ("is_following", pairs(random.sample(cast.fresh, NEW))),
        "count": ("count", one * 4),
        "count of followings": ("count of followings", one * 4),
        "count of friends": ("count of friends", one),
        "first page": ("first page", one),
        "deep page": ("deep page", deep(cast)),
        "page of followings": ("followings", one),
        **batches(random, cast, [cast.celebrity] * TIMES),
        "20 friends": ("friends", one),
        **shared(random, cast),
        "suggestions": ("suggestions", one),
        **policy(cast, random),
        "archive": ("archive", one[:1]),
        "restore": ("restore", one[:1]),
    }


def writes(cast: Cast, random: Random, number: int) -> Scene:
    """Return follows, and then what undoes them."""
    new = fresh(cast, number)
    some = [[cast.newcomer, sample(random, cast.strangers, MANY)]]
    return {
        "follow": ("follow", new),
        "follow, again": ("follow", new),
        "attempt follow, again": ("attempt", new),
        "set level": ("set level", new),
        "unfollow": ("unfollow", new),
        "unfollow, again": ("unfollow", new),
        "follow 50": ("follow many", some),
        "unfollow 50": ("unfollow many", some),
    }


def batches(random: Random, cast: Cast, users: Sequence[int]) -> Scene:
    of_50: Calls = [[user, sample(random, cast.users, MANY)] for user in users]
    without_user: Calls = [[others] for _, others in of_50]
    return {
        "which of 50": ("among 50", of_50),
        "which of 50 follow": ("followers among", of_50),
        "which of 50 are friends": ("friends among", of_50),
        "states of 50": ("states", of_50),
        "50 instances with states": ("with states", of_50),
        "50 rows with states": ("rows with states", of_50),
        "counts of 50": ("counts", without_user),
        "50 rows with counts": ("rows with counts", without_user),
        "20 rows of followings": ("rows of followings", [[user] for user in users]),
    }


def shared(random: Random, cast: Cast) -> Scene:
    """Return lists that the celebrity shares with other users."""
    users = [source for source, _ in known(random, cast)[:TIMES]]
    before = [[user, cast.celebrity] for user in users]
    after = [[cast.celebrity, user] for user in users]
    return {
        "20 known followers": ("known followers", before),
        "20 common followers": ("common followers", after),
        "20 common followings": ("common followings", after),
    }


def policy(cast: Cast, random: Random) -> Scene:
    """Return requests, blocks and mutes, and then what undoes them."""
    group = -cast.celebrity
    others = [user for user in cast.users if user not in cast.asking]
    some: Calls = [[group, sample(random, others, MANY)]]
    asking: Calls = [[source, group] for source in sample(random, others, NEW)]
    # A block also cuts a follow of the other direction.
    new: Calls = [
        [cast.newcomer, stranger] for stranger in sample(random, cast.strangers, NEW)
    ]
    return {
        "ask to follow": ("ask", asking),
        "accept": ("accept", asking),
        "remove follower": ("remove follower", asking),
        "reject": ("reject", asking),
        "accept 50": ("accept many", some),
        "remove 50 followers": ("remove followers", some),
        "page of requests": ("requests", [[group]] * TIMES),
        "count of requests": ("count of requests", [[group]] * TIMES),
        "block": ("block", new),
        "is blocking": ("is_blocking", new),
        "unblock": ("unblock", new),
        "mute": ("mute", new),
        "is muting": ("is_muting", new),
        "unmute": ("unmute", new),
    }


def fresh(cast: Cast, number: int) -> Calls:
    return pairs(cast.fresh[number * NEW : (number + 1) * NEW])


def known(random: Random, cast: Cast) -> list[Pair]:
    return random.sample(cast.known, NEW)


def sample(random: Random, users: Sequence[int], size: int) -> list[int]:
    return random.sample(users, min(size, len(users)))


def deep(cast: Cast) -> Calls:
    return [[cast.celebrity, {"depth": cast.depth}]] * TIMES


def awaits(random: Random, cast: Cast) -> Calls:
    source, _ = random.choice(cast.known)
    return [[source, random.choices(cast.users, k=AWAITS)]]


def pairs(found: Sequence[Pair]) -> Calls:
    return [[*pair] for pair in found]
