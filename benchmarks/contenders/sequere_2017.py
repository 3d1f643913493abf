"""The release of 2017. It needs three names that newer versions of Django removed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks.contenders.base import SERVERS
from benchmarks.contenders.by_model import ByModel

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from benchmarks.contenders.base import Edge

PACKAGES: tuple[str, ...] = ("django-sequere==0.4.1", "pytz==2026.6")


def supply_names() -> None:
    from django import dispatch
    from django.db.models.options import Options
    from django.utils import encoding

    class Signal(dispatch.Signal):
        def __init__(self, providing_args: object = None) -> None:
            super().__init__()

    for place, name, value in (
        (dispatch, "Signal", Signal),
        (encoding, "python_2_unicode_compatible", lambda model: model),
        (Options, "installed", True),
    ):
        setattr(place, name, value)


class Sequere2017(ByModel):
    """The verbs of the package with rows in the database; batches by its model."""

    name = "django-sequere 0.4.1"
    requirements: ClassVar[tuple[str, ...]] = PACKAGES
    apps = ("sequere",)
    source_key, target_key = "from_object_id", "to_object_id"
    created = "created_at"

    def before_django(self) -> None:
        supply_names()

    def prepare(self) -> None:
        from django.contrib.auth.models import User

        import_module("sequere").register(User)
        self.verbs = import_module("sequere.models")
        self.model = import_module("sequere.backends.database.models").Follow
        # bulk_create() would replace the times of the graph by the present.
        self.model._meta.get_field("created_at").auto_now_add = False
        self.now = import_module("django.utils.timezone").now
        self.model._meta.get_field("created_at").default = self.now

    def ends(self, source: Any = None, target: Any = None) -> dict[str, Any]:
        found = {"from": source, "to": target}
        return {
            f"{side}_{name}": value
            for side, user in found.items()
            if user is not None
            for name, value in (("identifier", "user"), ("object_id", user.pk))
        }

    def follow(self, source: User, target: User) -> object:
        return self.verbs.follow(source, target)

    def unfollow(self, source: User, target: User) -> object:
        return self.verbs.unfollow(source, target)

    def is_following(self, source: User, target: User) -> bool:
        return bool(self.verbs.is_following(source, target))

    def count(self, target: User) -> int:
        return int(self.verbs.get_followers_count(target))

    def count_followings(self, source: User) -> int:
        return int(self.verbs.get_followings_count(source))

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        start = place or 0
        found: Sequence[Any] = self.verbs.get_followers(target)[start : start + size]
        return found


class Sequere2017OnRedis(Sequere2017):
    """The Redis backend of the package, which has no verbs for many at once."""

    name = "django-sequere 0.4.1, Redis"
    engines = SERVERS
    # The driver needs distutils, which Python 3.12 removed and setuptools has.
    requirements = (*PACKAGES, "redis==2.10.6", "setuptools==80.9.0")
    batches = (
        "counts",
        "followers_among",
        "friends_among",
        "states",
        "follow_many",
        "unfollow_many",
    )
    settings = {
        "SEQUERE_BACKEND": "sequere.backends.redis.RedisBackend",
        "SEQUERE_BACKEND_OPTIONS": {
            "options": os.environ.get("SEQUERE_TEST_URLS"),
            "client_class": None,
            "prefix": "sequere-2017",
        },
    }

    def prepare(self) -> None:
        super().prepare()
        self.backend = import_module("sequere.app").backend
        # The package needs a time zone of pytz, which Django no longer uses.
        pytz = import_module("pytz")
        utils: Any = import_module("sequere.utils")
        utils.timezone = SimpleNamespace(get_default_timezone=lambda: pytz.utc)
        self.twice = import_module("sequere.exceptions").SequereException

    def has(self, method: str) -> bool:
        return method not in self.batches and super().has(method)

    def load(self, edges: Sequence[Edge]) -> None:
        for source, target, created in edges:
            self.backend.follow(source, target, timestamp=int(created.timestamp()))

    def follow(self, source: User, target: User) -> object:
        with suppress(self.twice):
            return super().follow(source, target)
        return None

    def unfollow(self, source: User, target: User) -> object:
        with suppress(self.twice):
            return super().unfollow(source, target)
        return None

    def among(self, source: User, others: Sequence[User]) -> Iterable[Any]:
        return [other for other in others if self.is_following(source, other)]
