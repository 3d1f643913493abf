"""Two hand-written models: a plain one, and a tuned one. benchmarks/models.py has the
tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef

from benchmarks.contenders.base import counts_of_rows, flags_of_rows
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
        from django.contrib.auth.models import User

        from benchmarks.models import PlainFollow

        self.model, self.users = PlainFollow, User.objects

    def followed(self, source: User) -> Any:
        return self.follows(source=source).values("target")

    def followers(self, target: User) -> Any:
        return self.follows(target=target).values("source")

    def friends(self, user: User, size: int) -> Sequence[Any]:
        return self.known_followers(user, user, size)

    def known_followers(self, viewer: User, target: User, size: int) -> Sequence[Any]:
        follows = self.newest(target).filter(source__in=self.followed(viewer))
        return self.pairs(follows[:size])

    def common_followers(self, one: User, other: User, size: int) -> Sequence[Any]:
        follows = self.newest(one).filter(source__in=self.followers(other))
        return self.pairs(follows[:size])

    def newest_followings(self, source: User) -> Any:
        follows = self.follows(source=source).select_related("target")
        return follows.order_by("-created")

    def followings(self, source: User, size: int) -> Sequence[Any]:
        return targets(self.newest_followings(source)[:size])

    def common_followings(self, one: User, other: User, size: int) -> Sequence[Any]:
        follows = self.newest_followings(one).filter(target__in=self.followed(other))
        return targets(follows[:size])

    def count_friends(self, user: User) -> int:
        follows = self.follows(target=user).filter(source__in=self.followed(user))
        return int(follows.count())

    def with_states(self, viewer: User, others: Sequence[User]) -> list[bool]:
        found = self.states(viewer, others)
        for other, follows, follows_back in zip(
            others, found[: len(others)], found[len(others) :], strict=True
        ):
            vars(other).update(is_followed=follows, follows_viewer=follows_back)
        return flags_of_rows(others, others)

    def rows_with_states(self, viewer: User, others: Sequence[User]) -> list[bool]:
        user = OuterRef("pk")
        rows = self.users.filter(self.within("pk", others)).annotate(
            is_followed=Exists(self.follows(viewer, user)),
            follows_viewer=Exists(self.follows(user, viewer)),
        )
        return flags_of_rows(rows, others)

    def rows_with_counts(self, others: Sequence[User]) -> list[int]:
        follows = self.model._meta.get_field("target").related_query_name()
        rows = self.users.filter(self.within("pk", others)).annotate(
            followers_count=Count(follows)
        )
        return counts_of_rows(rows, others)

    def rows_of_followings(self, source: User, size: int) -> Sequence[Any]:
        return list(self.users.filter(pk__in=self.followed(source))[:size])


class Tuned(Plain):
    """The right indexes, ON CONFLICT in place of two queries, and pages by key."""

    name = "tuned model"

    def prepare(self) -> None:
        from django.contrib.auth.models import User

        from benchmarks.models import TunedFollow

        self.model, self.users = TunedFollow, User.objects

    def follow(self, source: User, target: User) -> object:
        row = self.model(source=source, target=target)
        return self.model.objects.bulk_create([row], ignore_conflicts=True)

    def unfollow(self, source: User, target: User) -> object:
        # The delete is one statement, without signals.
        follows = self.follows(source, target)
        return follows._raw_delete(follows.db)

    def unfollow_many(self, source: User, targets: Sequence[User]) -> object:
        follows = self.followings_in(source, targets)
        return follows._raw_delete(follows.db)

    def newest_followings(self, source: User) -> Any:
        return super().newest_followings(source).order_by("-created", "-target_id")

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


def targets(follows: Any) -> Sequence[Any]:
    return [(row.target, row.created) for row in follows]
