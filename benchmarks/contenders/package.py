from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.base import (
    CLUSTER,
    SERVERS,
    SQL,
    Contender,
    counts_of_rows,
    flags_of_rows,
)
from benchmarks.verbs import LEVEL

if TYPE_CHECKING:
    from django.contrib.auth.models import Group, User

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
        from django.contrib.auth.models import Group, User

        import sequere
        from sequere import api
        from sequere.base import ModelBase
        from sequere.managers import FollowQuerySet

        self.api = api
        self.users: Any = FollowQuerySet(User)
        sequere.register(User)
        # Groups approve their followers, and users do not.
        private = type("Private", (ModelBase,), {"approval": lambda self, group: True})
        sequere.register(Group, private)

    def has(self, method: str) -> bool:
        from sequere.handler import get_backend

        if method in ("rows_with_states", "rows_with_counts"):
            return get_backend().supports_querysets
        return super().has(method)

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

    def followers_among(self, target: User, others: Sequence[User]) -> Iterable[Any]:
        return self.api.followers_among(target, others)

    def friends_among(self, user: User, others: Sequence[User]) -> Iterable[Any]:
        return self.api.friends_among(user, others)

    def states(self, user: User, others: Sequence[User]) -> list[bool]:
        found = self.api.follow_states(user, others)
        states = [found[other] for other in others]
        followed = [state.is_followed for state in states]
        return [*followed, *(state.follows_viewer for state in states)]

    def with_states(self, viewer: User, others: Sequence[User]) -> list[bool]:
        from sequere.states import with_follow_state

        return flags_of_rows(with_follow_state(viewer, others), others)

    def rows_with_states(self, viewer: User, others: Sequence[User]) -> list[bool]:
        return flags_of_rows(self.rows(others).with_follow_state(viewer), others)

    def rows_with_counts(self, others: Sequence[User]) -> list[int]:
        return counts_of_rows(self.rows(others).with_followers_count(), others)

    def rows(self, users: Sequence[User]) -> Any:
        return self.users.filter(pk__in=[user.pk for user in users])

    def rows_of_followings(self, source: User, size: int) -> Sequence[Any]:
        return list(self.users.followed_by(source)[:size])

    def count_followings(self, source: User) -> int:
        return self.api.get_followings_count(source)

    def count_friends(self, user: User) -> int:
        return self.api.get_friends_count(user)

    def counts(self, targets: Sequence[User]) -> list[int]:
        found = self.api.get_followers_counts(targets)
        return [found[target] for target in targets]

    def followings(self, source: User, size: int) -> Sequence[Any]:
        return self.api.get_followings(source).page(size).items

    def known_followers(self, viewer: User, target: User, size: int) -> Sequence[Any]:
        return self.api.get_known_followers(viewer, target).page(size).items

    def common_followers(self, one: User, other: User, size: int) -> Sequence[Any]:
        return self.api.get_common_followers(one, other).page(size).items

    def common_followings(self, one: User, other: User, size: int) -> Sequence[Any]:
        return self.api.get_common_followings(one, other).page(size).items

    def follow_many(self, source: User, targets: Sequence[User]) -> object:
        return self.api.follow_many((source, target) for target in targets)

    def unfollow_many(self, source: User, targets: Sequence[User]) -> object:
        return self.api.unfollow_many((source, target) for target in targets)

    def attempt(self, source: User, target: User) -> str:
        return self.api.attempt_follow(source, target).name

    def set_level(self, source: User, target: User) -> object:
        return self.api.set_level(source, target, LEVEL)

    def level(self, source: User, target: User) -> int:
        from sequere.handler import get_backend
        from sequere.questions import Edges
        from sequere.registration import registry
        from sequere.types import Pair

        pair = Pair(registry.ref(source), registry.ref(target))
        return get_backend().ask(Edges("follow", [pair]))[pair].level

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

    def ask(self, source: User, group: Group) -> object:
        return self.api.follow(source, group)

    def accept(self, source: User, group: Group) -> object:
        return self.api.accept(group, source)

    def accept_many(self, group: Group, sources: Sequence[User]) -> object:
        return self.api.accept_many(group, sources)

    def reject(self, source: User, group: Group) -> object:
        return self.api.reject(group, source)

    def remove_follower(self, source: User, group: Group) -> object:
        return self.api.remove_follower(group, source)

    def remove_followers(self, group: Group, sources: Sequence[User]) -> object:
        return self.api.remove_followers(group, sources)

    def requests(self, group: Group, size: int) -> Sequence[Any]:
        return self.api.get_follow_requests(group).page(size).items

    def count_requests(self, group: Group) -> int:
        return self.api.get_follow_requests_count(group)

    def standing(self, source: User, group: Group) -> str:
        state = self.api.follow_states(source, [group])[group]
        words = {"following": state.is_followed, "requested": state.is_requested}
        return " ".join(word for word, is_so in words.items() if is_so)

    def block(self, source: User, target: User) -> object:
        return self.api.block(source, target)

    def unblock(self, source: User, target: User) -> object:
        return self.api.unblock(source, target)

    def is_blocking(self, source: User, target: User) -> bool:
        return self.api.is_blocking(source, target)

    def mute(self, source: User, target: User) -> object:
        return self.api.mute(source, target)

    def unmute(self, source: User, target: User) -> object:
        return self.api.unmute(source, target)

    def is_muting(self, source: User, target: User) -> bool:
        return self.api.is_muting(source, target)

    def archive(self, user: User) -> object:
        return self.api.archive(user)

    def restore(self, user: User) -> object:
        return self.api.restore(user)
