"""Two hand-written models: a plain one, and a tuned one. benchmarks/models.py has the
tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.by_model import ByModel

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Plain(ByModel):
    """Two foreign keys and a unique constraint, as a developer writes them in an
    afternoon.
    """

    name = "plain model"
    apps = ("benchmarks",)

    def prepare(self) -> None:
        from benchmarks.models import PlainFollow

        self.model = PlainFollow

    def friends(self, user: User, size: int) -> Sequence[Any]:
        followings = self.follows(source=user).values(self.target_key)
        return self.pairs(self.newest(user).filter(source__in=followings)[:size])


class Tuned(Plain):
    """The right indexes, ON CONFLICT in place of two queries, and pages by key."""

    name = "tuned model"

    def prepare(self) -> None:
        from benchmarks.models import TunedFollow

        self.model = TunedFollow

    def follow(self, source: User, target: User) -> object:
        row = self.model(source=source, target=target)
        return self.model.objects.bulk_create([row], ignore_conflicts=True)

    def unfollow(self, source: User, target: User) -> object:
        # The delete is one statement, without signals.
        follows = self.follows(source, target)
        return follows._raw_delete(follows.db)

    def newest(self, target: User) -> Any:
        return super().newest(target).order_by("-created", "-source_id")

    def place(self, target: User, depth: int) -> Any:
        return self.newest(target).values_list("created", flat=True)[depth - 1]

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        follows = self.newest(target)
        if place is not None:
            # All follows of the graph have different times.
            follows = follows.filter(created__lt=place)
        return self.pairs(follows[:size])
