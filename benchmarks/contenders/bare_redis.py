from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.base import CLUSTER, SERVERS, Contender

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from benchmarks.contenders.base import Edge

BATCH = 10_000


class BareRedis(Contender):
    """The limit: redis-py without anything above it, two sorted sets for an edge.

    It checks nothing, and in a cluster nothing holds the two sides together.
    """

    name = "bare driver, Redis"
    engines = (*SERVERS, *CLUSTER)
    requirements = ("redis",)
    is_whole = False

    def connect(self) -> None:
        import redis
        from django.contrib.auth.models import User

        url = os.environ["SEQUERE_TEST_URLS"].split(",")[0]
        in_cluster = os.environ["SEQUERE_TEST_ENGINE"] == "cluster"
        client: Any = redis.RedisCluster if in_cluster else redis.Redis
        self.client = client.from_url(url, decode_responses=True)
        self.users = User.objects

    def load(self, edges: Sequence[Edge]) -> None:
        for start in range(0, len(edges), BATCH):
            pipeline = self.client.pipeline(transaction=False)
            for source, target, created in edges[start : start + BATCH]:
                self.add(pipeline, source, target, created.timestamp())
            pipeline.execute()

    def add(self, pipeline: Any, source: User, target: User, score: float) -> None:
        pipeline.zadd(f"bare:followers:{target.pk}", {source.pk: score}, nx=True)
        pipeline.zadd(f"bare:followings:{source.pk}", {target.pk: score}, nx=True)

    def follow(self, source: User, target: User) -> object:
        pipeline = self.client.pipeline(transaction=False)
        self.add(pipeline, source, target, 1_800_000_000)
        return pipeline.execute()

    def unfollow(self, source: User, target: User) -> object:
        pipeline = self.client.pipeline(transaction=False)
        self.remove(pipeline, source, target)
        return pipeline.execute()

    def remove(self, pipeline: Any, source: User, target: User) -> None:
        pipeline.zrem(f"bare:followers:{target.pk}", source.pk)
        pipeline.zrem(f"bare:followings:{source.pk}", target.pk)

    def is_following(self, source: User, target: User) -> bool:
        key = f"bare:followings:{source.pk}"
        return self.client.zscore(key, target.pk) is not None

    def count(self, target: User) -> int:
        return int(self.client.zcard(f"bare:followers:{target.pk}"))

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        start = place or 0
        key = f"bare:followers:{target.pk}"
        found = self.client.zrevrange(key, start, start + size - 1, withscores=True)
        users = self.users.in_bulk([int(member) for member, _ in found])
        return [(users[int(member)], score) for member, score in found]

    def among(self, source: User, others: Sequence[User]) -> Iterable[Any]:
        return self.members(f"bare:followings:{source.pk}", others)

    def followers_among(self, target: User, others: Sequence[User]) -> Iterable[Any]:
        return self.members(f"bare:followers:{target.pk}", others)

    def members(self, key: str, users: Sequence[User]) -> Iterable[Any]:
        scores = self.client.zmscore(key, [user.pk for user in users])
        found = zip(users, scores, strict=True)
        return [user for user, score in found if score is not None]

    def count_followings(self, source: User) -> int:
        return int(self.client.zcard(f"bare:followings:{source.pk}"))

    def counts(self, targets: Sequence[User]) -> list[int]:
        pipeline = self.client.pipeline(transaction=False)
        for target in targets:
            pipeline.zcard(f"bare:followers:{target.pk}")
        found: list[int] = pipeline.execute()
        return found

    def follow_many(self, source: User, targets: Sequence[User]) -> object:
        pipeline = self.client.pipeline(transaction=False)
        for target in targets:
            self.add(pipeline, source, target, 1_800_000_000)
        return pipeline.execute()

    def unfollow_many(self, source: User, targets: Sequence[User]) -> object:
        pipeline = self.client.pipeline(transaction=False)
        for target in targets:
            self.remove(pipeline, source, target)
        return pipeline.execute()
