"""The shared code of contenders that have a Django model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.base import Contender

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from benchmarks.contenders.base import Edge


class ByModel(Contender):
    """Makes every verb a query of the model. A package replaces the verbs it has."""

    model: Any
    source = "source"
    target = "target"
    #: The names of the columns for the target's key and for the time. A package may
    #: have no time.
    target_key = "target_id"
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

    def among(self, source: User, others: Sequence[User]) -> Iterable[Any]:
        keys = {f"{self.target_key}__in": [other.pk for other in others]}
        follows = self.follows(source=source).filter(**keys)
        return set(follows.values_list(self.target_key, flat=True))


class ByGenericKey(ByModel):
    """Makes verbs for a model with a user and a target of any model by content type."""

    source, target_key = "user", "object_id"

    def ends(self, source: Any = None, target: Any = None) -> dict[str, Any]:
        from django.contrib.contenttypes.models import ContentType

        found = {} if source is None else {"user": source}
        if target is not None:
            content_type = ContentType.objects.get_for_model(target)
            found |= {"content_type": content_type, "object_id": target.pk}
        return found
