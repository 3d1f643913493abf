from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from benchmarks.contenders.by_model import ByModel

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Friendship(ByModel):
    """The verbs of the package; counts, pages and batches by its model.

    The package itself has only whole lists for these, and caches every follower.
    """

    name = "django-friendship"
    requirements = ("django-friendship==1.12.0",)
    apps = ("friendship",)
    source, target = "follower", "followee"
    source_key, target_key = "follower_id", "followee_id"

    def prepare(self) -> None:
        self.model = import_module("friendship.models").Follow
        self.exists = import_module("friendship.exceptions").AlreadyExistsError

    def follow(self, source: User, target: User) -> object:
        with suppress(self.exists):
            return self.model.objects.add_follower(source, target)
        return None

    def unfollow(self, source: User, target: User) -> object:
        return self.model.objects.remove_follower(source, target)

    def is_following(self, source: User, target: User) -> bool:
        return bool(self.model.objects.follows(source, target))
