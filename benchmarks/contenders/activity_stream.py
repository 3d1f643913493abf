from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.by_model import ByGenericKey

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ActivityStream(ByGenericKey):
    """The verbs of the package, without the action that it can write beside each
    follow.
    """

    name = "django-activity-stream"
    requirements = ("django-activity-stream==2.0.0",)
    apps = ("actstream",)
    created = "started"

    def prepare(self) -> None:
        from django.contrib.auth.models import User

        import_module("actstream.registry").register(User)
        self.model = import_module("actstream.models").Follow
        self.actions = import_module("actstream.actions")

    def newest(self, target: User) -> Any:
        return self.model.objects.followers_qs(target).order_by("-started")

    def follow(self, source: User, target: User) -> object:
        return self.actions.follow(source, target, send_action=False)

    def unfollow(self, source: User, target: User) -> object:
        return self.actions.unfollow(source, target)

    def is_following(self, source: User, target: User) -> bool:
        return bool(self.actions.is_following(source, target))

    def count(self, target: User) -> int:
        return int(self.model.objects.followers_qs(target).count())
