"""The shared code of contenders that have a Django model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from benchmarks.contenders.base import Contender, flags

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from benchmarks.contenders.base import Edge


class ByModel(Contender):
    """Makes every verb a query of the model. A package replaces the verbs it has."""

    model: Any
    source = "source"
    target = "target"
    #: The names of the columns for the keys of both ends and for the time. A package
    #: may have no time.
    source_key, target_key = "source_id", "target_id"
    created: str | None = "created"

    def ends(self, source: Any = None, target: Any = None) -> dict[str, Any]:
        found = {self.source: source, self.target: target}
        return {name: user for name, user in found.items() if user is not None}

    def row(self, source: User, target: User, created: datetime) -> Any:
        time = {self.created: created} if self.created else {}
        return self.model(**self.ends(source, target), **time)

    def follows(self, source: Any = None, target: Any = None) -> Any:
        return self.model.objects.filter(**self.ends(source, target))

    def newest(self, target: User) -> Any:
        order = f"-{self.created or 'pk'}"
        follows = self.follows(target=target).select_related(self.source)
        return follows.order_by(order)

    def load(self, edges: Sequence[Edge]) -> None:
        rows = [self.row(*edge) for edge in edges]
        self.model.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)

    def follow(self, source: User, target: User) -> object:
        return self.model.objects.get_or_create(**self.ends(source, target))

    def unfollow(self, source: User, target: User) -> object:
        return self.follows(source, target).delete()

    def is_following(self, source: User, target: User) -> bool:
        return bool(self.follows(source, target).exists())

    def count(self, target: User) -> int:
        return int(self.follows(target=target).count())

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        start = place or 0
        return self.pairs(self.newest(target)[start : start + size])

    def pairs(self, follows: Any) -> Sequence[Any]:
        return [
            (getattr(row, self.source), self.created and getattr(row, self.created))
            for row in follows
        ]

    def followings_in(self, source: User, others: Sequence[User]) -> Any:
        """Return the follows of these others by the source."""
        return self.follows(source=source).filter(self.within(self.target_key, others))

    def within(self, column: str, users: Sequence[User]) -> Any:
        return Q(**{f"{column}__in": [user.pk for user in users]})

    def among(self, source: User, others: Sequence[User]) -> Iterable[Any]:
        found = self.followings_in(source, others)
        return set(found.values_list(self.target_key, flat=True))

    def followers_among(self, target: User, others: Sequence[User]) -> Iterable[Any]:
        follows = self.follows(target=target)
        found = follows.filter(self.within(self.source_key, others))
        return set(found.values_list(self.source_key, flat=True))

    def friends_among(self, user: User, others: Sequence[User]) -> Iterable[Any]:
        follow = map(int, self.followers_among(user, others))
        return {*follow}.intersection(map(int, self.among(user, others)))

    def states(self, user: User, others: Sequence[User]) -> list[bool]:
        found = self.among(user, others), self.followers_among(user, others)
        return flags(others, *found)

    def count_followings(self, source: User) -> int:
        return int(self.follows(source=source).count())

    def counts(self, targets: Sequence[User]) -> list[int]:
        follows = self.towards(targets).order_by().values_list(self.target_key)
        found = {int(key): count for key, count in follows.annotate(Count("pk"))}
        return [found.get(target.pk, 0) for target in targets]

    def towards(self, targets: Sequence[User]) -> Any:
        return self.model.objects.filter(self.within(self.target_key, targets))

    def follow_many(self, source: User, targets: Sequence[User]) -> object:
        rows = [self.model(**self.ends(source, target)) for target in targets]
        return self.model.objects.bulk_create(rows, ignore_conflicts=True)

    def unfollow_many(self, source: User, targets: Sequence[User]) -> object:
        return self.followings_in(source, targets).delete()


class ByGenericKey(ByModel):
    """Makes verbs for a model with a user and a target of any model by content type."""

    source, source_key, target_key = "user", "user_id", "object_id"

    def ends(self, source: Any = None, target: Any = None) -> dict[str, Any]:
        from django.contrib.contenttypes.models import ContentType

        found = {} if source is None else {"user": source}
        if target is not None:
            content_type = ContentType.objects.get_for_model(target)
            found |= {"content_type": content_type, "object_id": target.pk}
        return found

    def followings_in(self, source: User, others: Sequence[User]) -> Any:
        return self.of_users(super().followings_in(source, others))

    def towards(self, targets: Sequence[User]) -> Any:
        return self.of_users(super().towards(targets))

    def of_users(self, follows: Any) -> Any:
        from django.contrib.auth.models import User
        from django.contrib.contenttypes.models import ContentType

        return follows.filter(content_type=ContentType.objects.get_for_model(User))
