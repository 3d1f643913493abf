from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.models import User

from benchmarks.contenders.base import PAGE_SIZE, Contender, Edge
from sequere import api


class Package(Contender):
    """sequere with SimpleBackend, by its public verbs."""

    name = "sequere"

    def load(self, edges: Sequence[Edge]) -> None:
        api.follow_many(edges)

    def follow(self, source: User, target: User) -> object:
        return api.follow(source, target)

    def unfollow(self, source: User, target: User) -> object:
        return api.unfollow(source, target)

    def is_following(self, source: User, target: User) -> bool:
        return api.is_following(source, target)

    def count(self, target: User) -> int:
        return api.get_followers_count(target)

    def newest(self, target: User) -> Sequence[Any]:
        return api.get_followers(target)[:PAGE_SIZE]

    def place(self, target: User, depth: int) -> Any:
        return api.get_followers(target).page(depth).next

    def page(self, target: User, place: Any) -> Sequence[Any]:
        return api.get_followers(target).page(PAGE_SIZE, after=place).items

    def among(self, source: User, others: Sequence[User]) -> Collection[Any]:
        return api.followings_among(source, others)
