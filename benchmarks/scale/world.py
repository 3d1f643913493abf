"""The users of the graph, and new users beside it who follow nobody."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from random import Random
from typing import Any

from django.contrib.auth.models import Group, User

from benchmarks.graph import CELEBRITY, SEED
from benchmarks.scale.graph import Graph
from benchmarks.scale.users import make_users
from sequere import api

#: The number of new users, who take part in new follows of both directions.
NEW = 40
#: The number of follows in one call of `follow_many`.
MANY = 50
PEERS = 4
#: There is one request, block and mute for this number of follows.
RARE = 1000

Pairs = list[tuple[Any, Any]]


class World:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.random = Random(SEED)
        self.next_user = graph.users + 1

    def create(self) -> None:
        """Create all users and groups."""
        make_users(range(1, self.graph.users + 1))
        self.new = self.new_users(NEW)
        self.group, self.other_group = (
            Group.objects.create(pk=number, name=str(number)) for number in (1, 2)
        )

    def furnish(self) -> None:
        """Add requests, blocks, mutes, and users with 20 followers and followings."""
        size = max(len(self.graph) // RARE, 2 * MANY)
        strangers = self.new_users(size)
        api.follow_many((each, self.group) for each in strangers)
        api.block_many((self.celebrity, each) for each in strangers)
        api.mute_many((self.celebrity, each) for each in strangers)
        self.strangers = strangers
        self.peers = [self.new_user_of(20) for _ in range(PEERS)]

    def new_users(self, size: int) -> list[User]:
        numbers = range(self.next_user, self.next_user + size)
        self.next_user += size
        make_users(numbers)
        return self.users(numbers)

    def new_user_of(self, size: int) -> User:
        """Return a new user with `size` followers and `size` followings."""
        [user] = self.new_users(1)
        others = self.users(range(2, 2 + size))
        api.follow_many([(user, each) for each in others])
        api.follow_many([(each, user) for each in others])
        return user

    def users(self, numbers: Iterable[int]) -> list[User]:
        wanted = [*numbers]
        found = User.objects.in_bulk({*wanted})
        return [found[number] for number in wanted]

    @cached_property
    def celebrity(self) -> User:
        return User.objects.get(pk=CELEBRITY)

    @cached_property
    def eager(self) -> User:
        return User.objects.get(pk=self.graph.eager)

    @cached_property
    def fans(self) -> int:
        return api.get_followers_count(self.celebrity)

    @cached_property
    def middle(self) -> str | None:
        """The cursor in the middle of the celebrity's list, which is not measured."""
        depth = self.fans // 2
        return api.get_followers(self.celebrity).refs().page(depth).next

    def typical(self, size: int) -> list[User]:
        """Return users with about the median number of followers."""
        middle = self.graph.drawn_users // 2
        numbers = range(middle - size, middle + size)
        return self.users(self.random.sample(numbers, size))

    def known(self, size: int) -> Pairs:
        """Return random pairs of the graph."""
        picked = [
            self.graph[self.random.randrange(len(self.graph))] for _ in range(size)
        ]
        found = User.objects.in_bulk({number for pair in picked for number in pair})
        return [(found[source], found[target]) for source, target in picked]

    def sources(self, size: int) -> list[User]:
        """Return users, each as likely as its share of all followings."""
        return [source for source, _ in self.known(size)]

    def targets(self, size: int) -> list[User]:
        """Return users, each as likely as its share of all followers."""
        return [target for _, target in self.known(size)]

    def fresh(self, size: int) -> Pairs:
        """Return pairs that are not in the graph, half of them by new users."""
        half = size // 2
        pairs = [*zip(self.new[:half], self.targets(half), strict=True)]
        return [*pairs, *zip(self.sources(half), self.new[-half:], strict=True)]

    def crowd(self, size: int = MANY) -> list[User]:
        """Return random users of the power law."""
        return self.users(
            self.random.sample(range(2, self.graph.drawn_users + 1), size)
        )
