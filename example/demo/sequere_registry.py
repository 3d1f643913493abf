from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

import sequere
from demo import privacy
from demo.models import Account, Thing, Topic
from sequere.base import ModelBase
from sequere.types import Direction


class ThingSequere(ModelBase):
    approval = "is_private"

    def can_follow(self, viewer: Thing, target: Thing) -> bool:
        return not (viewer.suspended or target.suspended)

    def can_list(
        self, viewer: Thing | None, resource: Thing, direction: Direction
    ) -> bool:
        return privacy.may_list(viewer, resource)

    def visible_to(
        self, queryset: QuerySet[Any], viewer: Thing | None
    ) -> QuerySet[Any]:
        return privacy.visible_to(queryset, viewer)


sequere.register(Account, ThingSequere)
sequere.register(Topic, ThingSequere)
