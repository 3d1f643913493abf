"""A hand-written model: plain, and tuned. The tables are in benchmarks/models.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.by_model import ByModel

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Plain(ByModel):
    """Two foreign keys and a unique constraint, as written in an afternoon."""

    name = "plain model"
    apps = ("benchmarks",)

    def prepare(self) -> None:
        from benchmarks.models import PlainFollow

        self.model = PlainFollow

    def friends(self, user: User, size: int) -> Sequence[Any]:
        followings = self.follows(source=user).values(self.target_key)
        return self.pairs(self.newest(user).filter(source__in=followings)[:size])


class Tuned(Plain):
    """The right indexes, ON CONFLICT in place of two looks, and pages by key."""

    name = "tuned model"

    def prepare(self) -> None:
        from benchmarks.models import TunedFollow

        self.model = TunedFollow

    def follow(self, source: User, target: User) -> object:
        row = self.model(source=source, target=target)
        return self.model.objects.bulk_create([row], ignore_conflicts=True)

    def unfollow(self, source: User, target: User) -> object:
        # One statement without signals.
        follows = self.follows(source, target)
        return follows._raw_delete(follows.db)

    def newest(self, target: User) -> Any:
        return super().newest(target).order_by("-created", "-source_id")

    def place(self, target: User, depth: int) -> Any:
        return self.newest(target).values_list("created", flat=True)[depth - 1]

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        follows = self.newest(target)
        if place is not None:
            # No two follows of the graph have the same time.
            follows = follows.filter(created__lt=place)
        return self.pairs(follows[:size])
