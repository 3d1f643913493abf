from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.models import User

from benchmarks.contenders.base import PAGE_SIZE, Contender, Edge
from benchmarks.models import Follow, GenericEdge


class Afternoon(Contender):
    """What a developer writes in an afternoon."""

    name = "afternoon"

    def load(self, edges: Sequence[Edge]) -> None:
        GenericEdge.objects.bulk_create(
            [GenericEdge(source=source, target=target) for source, target, _ in edges],
            batch_size=1000,
            ignore_conflicts=True,
        )

    def follow(self, source: User, target: User) -> object:
        return Follow.objects.get_or_create(from_user=source, to_user=target)

    def unfollow(self, source: User, target: User) -> object:
        return Follow.objects.filter(from_user=source, to_user=target).delete()

    def is_following(self, source: User, target: User) -> bool:
        return Follow.objects.filter(from_user=source, to_user=target).exists()

    def count(self, target: User) -> int:
        return Follow.objects.filter(to_user=target).count()

    def newest(self, target: User) -> Sequence[Any]:
        return self.page(target, None)

    def place(self, target: User, depth: int) -> Any:
        return depth

    def page(self, target: User, place: Any) -> Sequence[Any]:
        start = place or 0
        follows = (
            Follow.objects.filter(to_user=target)
            .select_related("from_user")
            .order_by("-created")[start : start + PAGE_SIZE]
        )
        return [(follow.from_user, follow.created) for follow in follows]

    def among(self, source: User, others: Sequence[User]) -> Collection[Any]:
        follows = Follow.objects.filter(from_user=source, to_user__in=others)
        return set(follows.values_list("to_user_id", flat=True))
