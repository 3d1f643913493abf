"""What the contenders are asked about, the same in each round for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from django.contrib.auth.models import User

from benchmarks.contenders import Contender
from benchmarks.graph import CELEBRITY, SEED, Graph

ROUNDS = 15
DEPTH = 10_000
NEW = 40
KNOWN = 100
TYPICAL = 20
ASKERS = 10
OTHERS = 50

Users = Mapping[int, User]


@dataclass(frozen=True, slots=True)
class Scene:
    celebrity: User
    typical: list[User]
    # Follows to be made; and some of which half are there.
    new: list[tuple[User, User]]
    known: list[tuple[User, User]]
    # Users with others, of whom they follow some.
    askers: list[tuple[User, list[User]]]
    places: dict[str, Any]


def scenes(graph: Graph, users: Users, contenders: Sequence[Contender]) -> list[Scene]:
    """One for each round."""
    random = Random(SEED)
    celebrity = users[CELEBRITY]
    depth = min(DEPTH, graph.users // 2)
    places = {each.name: each.place(celebrity, depth) for each in contenders}
    typical = [users[number] for number in graph.typical(TYPICAL)]
    followings = followings_of(graph)
    return [
        Scene(
            celebrity,
            typical,
            pairs(users, graph.fresh[index * NEW : (index + 1) * NEW]),
            pairs(users, random.sample(graph.edges, KNOWN // 2))
            + pairs(users, random.sample(graph.fresh, KNOWN // 2)),
            [asker(random, users, followings) for _ in range(ASKERS)],
            places,
        )
        for index in range(ROUNDS)
    ]


def pairs(users: Users, numbers: list[tuple[int, int]]) -> list[tuple[User, User]]:
    return [(users[source], users[target]) for source, target in numbers]


def followings_of(graph: Graph) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for source, target in graph.edges:
        found.setdefault(source, []).append(target)
    return found


def asker(
    random: Random, users: Users, followings: Mapping[int, list[int]]
) -> tuple[User, list[User]]:
    number = random.choice(list(followings))
    some = followings[number][: OTHERS // 5]
    rest = random.sample(range(1, len(users) + 1), OTHERS)
    others = list(dict.fromkeys([*some, *rest]))[:OTHERS]
    return users[number], [users[other] for other in others]
