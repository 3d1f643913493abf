from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.base import CLUSTER, SERVERS, SQL, Contender

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from benchmarks.contenders.base import Edge


def backend() -> dict[str, Any]:
    urls = os.environ.get("SEQUERE_TEST_URLS")
    if not urls:
        return {"BACKEND": "sequere.backends.simple.SimpleBackend"}
    cluster = os.environ.get("SEQUERE_TEST_ENGINE") == "cluster"
    options = {"location": urls, "cluster": cluster}
    return {"BACKEND": "sequere.backends.redis.RedisBackend", "OPTIONS": options}


class Package(Contender):
    """This checkout, by its public verbs."""

    name = "django-sequere"
    engines = (*SQL, *SERVERS, *CLUSTER)
    requirements = ("-e.", "redis")
    apps = ("sequere",)
    settings = {"SEQUERE_BACKENDS": {"default": backend()}}

    def prepare(self) -> None:
        from django.contrib.auth.models import User

        import sequere
        from sequere import api

        self.api = api
        sequere.register(User)

    def load(self, edges: Sequence[Edge]) -> None:
        self.api.follow_many(edges)

    def follow(self, source: User, target: User) -> object:
        return self.api.follow(source, target)

    def unfollow(self, source: User, target: User) -> object:
        return self.api.unfollow(source, target)

    def is_following(self, source: User, target: User) -> bool:
        return self.api.is_following(source, target)

    def count(self, target: User) -> int:
        return self.api.get_followers_count(target)

    def place(self, target: User, depth: int) -> Any:
        return self.api.get_followers(target).page(depth).next

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        return self.api.get_followers(target).page(size, after=place).items

    def among(self, source: User, others: Sequence[User]) -> Iterable[Any]:
        return self.api.followings_among(source, others)

    def friends(self, user: User, size: int) -> Sequence[Any]:
        return self.api.get_friends(user).page(size).items

    def suggestions(self, user: User) -> object:
        return list(self.api.get_suggestions(user))

    def awaits(self, source: User, others: Sequence[User]) -> Sequence[bool]:
        """Do the same as is_following() for all others, awaited at once."""

        async def ask() -> list[bool]:
            calls = [self.api.ais_following(source, other) for other in others]
            return list(await asyncio.gather(*calls))

        found: list[bool] = self.runner.run(ask())
        return found

    def connect(self) -> None:
        self.runner = asyncio.Runner()
