from __future__ import annotations

import sequere
from demo.models import Account, Thing, Topic
from sequere.base import ModelBase


class ThingSequere(ModelBase):
    def can_follow(self, viewer: Thing, target: Thing) -> bool:
        return not (viewer.suspended or target.suspended)


sequere.register(Account, ThingSequere)
sequere.register(Topic, ThingSequere)
