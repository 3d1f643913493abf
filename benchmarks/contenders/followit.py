from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.by_model import ByGenericKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Followit(ByGenericKey):
    """The verbs of the package. It stores no time, so pages are in the order of the
    key.
    """

    name = "django-followit"
    requirements = ("django-followit==0.7.0",)
    apps = ("followit",)
    created = None

    def prepare(self) -> None:
        from django.contrib.auth.models import User

        import_module("followit").register(User)
        self.model = import_module("followit.models").FollowRecord

    def follow(self, source: Any, target: User) -> object:
        return source.follow_user(target)

    def unfollow(self, source: Any, target: User) -> object:
        return source.unfollow_user(target)

    def is_following(self, source: Any, target: User) -> bool:
        return bool(source.is_following(target))

    def count(self, target: Any) -> int:
        return int(target.get_followers().count())
