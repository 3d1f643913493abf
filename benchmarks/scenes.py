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
TIMES = 5
AWAITS = 1000


@dataclass(frozen=True, slots=True)
class Cast:
    """The users to ask about: of the whole graph, or of one list of known length."""

    users: Sequence[int]
    known: Sequence[Pair]
    fresh: Sequence[Pair]
    celebrity: int
    typical: Sequence[int]
    depth: int


def of_graph(graph: Graph) -> Cast:
    depth = min(10_000, graph.users // 2)
    everyone = range(1, graph.users + 1)
    typical = graph.typical(20)
    return Cast(everyone, graph.edges, graph.fresh, CELEBRITY, typical, depth)


def of_list(user: int, length: int, fresh: int) -> tuple[Cast, list[Pair]]:
    """Return a new user, with follows from and to the first users of the crowd."""
    crowd = range(1, length + 1 + fresh)
    edges = [pair for each in crowd[:length] for pair in ((each, user), (user, each))]
    late = [(each, user) for each in crowd[length:]]
    return Cast(crowd, edges, late, user, [user], length // 2), edges


def round_of_graph(cast: Cast, random: Random, number: int) -> Scene:
    fresh = [*cast.fresh[number * NEW : (number + 1) * NEW]]
    celebrity: Calls = [[cast.celebrity]] * TIMES
    typical: Calls = [[user] for user in cast.typical]
    return {
        "follow": ("follow", pairs(fresh)),
        "unfollow": ("unfollow", pairs(fresh)),
        "is following": ("is_following", pairs(some(random, cast))),
        "count, celebrity": ("count", celebrity * 4),
        "count, typical user": ("count", typical),
        "first page, celebrity": ("first page", celebrity),
        "first page, typical user": ("first page", typical),
        "deep page, celebrity": ("deep page", deep(cast)),
        "which of 50": ("among 50", among(random, cast)),
        "20 friends, celebrity": ("friends", celebrity),
        "suggestions": ("suggestions", typical[:TIMES]),
        "1,000 awaits at once": ("awaits at once", awaits(random, cast)),
    }


def round_of_list(cast: Cast, random: Random, number: int) -> Scene:
    """Return the scenes for one user, who has as many followers as followings."""
    fresh = [*cast.fresh[number * NEW : (number + 1) * NEW]]
    one: Calls = [[cast.celebrity]] * TIMES
    return {
        "follow": ("follow", pairs(fresh)),
        "unfollow": ("unfollow", pairs(fresh)),
        "is following": ("is_following", pairs(some(random, cast))),
        "count": ("count", one * 4),
        "first page": ("first page", one),
        "deep page": ("deep page", deep(cast)),
        "which of 50": (
            "among 50",
            [[cast.celebrity, random.sample(cast.users, 50)] for _ in range(TIMES)],
        ),
        "20 friends": ("friends", one),
        "suggestions": ("suggestions", one),
    }


def some(random: Random, cast: Cast) -> list[Pair]:
    """Return pairs, of which half are in the graph."""
    return random.sample(cast.known, NEW) + random.sample(cast.fresh, NEW)


def deep(cast: Cast) -> Calls:
    return [[cast.celebrity, {"depth": cast.depth}]] * TIMES


def among(random: Random, cast: Cast) -> Calls:
    sources = [source for source, _ in random.sample(cast.known, 10)]
    return [[source, random.sample(cast.users, 50)] for source in sources]


def awaits(random: Random, cast: Cast) -> Calls:
    source, _ = random.choice(cast.known)
    return [[source, random.choices(cast.users, k=AWAITS)]]


def pairs(found: Sequence[Pair]) -> Calls:
    return [[*pair] for pair in found]
