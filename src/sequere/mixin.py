from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Model

from sequere import api
from sequere.lists import M, ResourceList
from sequere.lists.readers import Kind
from sequere.registration import Resource

if TYPE_CHECKING:
    Base = Model
else:
    Base = object


class SequereMixin(Base):
    """The verbs as methods of the instances of a registered model. See sequere.api.

    Migrations of projects name this class by its path, so the class must not move.
    """

    def follow(self, target: Resource, *, using: str | None = None) -> bool:
        return api.follow(self, target, using=using)

    def unfollow(self, target: Resource, *, using: str | None = None) -> bool:
        return api.unfollow(self, target, using=using)

    def is_following(self, target: Resource, *, using: str | None = None) -> bool:
        return api.is_following(self, target, using=using)

    def is_followed_by(self, source: Resource, *, using: str | None = None) -> bool:
        return api.is_following(source, self, using=using)

    def remove_follower(self, source: Resource, *, using: str | None = None) -> bool:
        return api.remove_follower(self, source, using=using)

    def accept(self, source: Resource, *, using: str | None = None) -> bool:
        return api.accept(self, source, using=using)

    def reject(self, source: Resource, *, using: str | None = None) -> bool:
        return api.reject(self, source, using=using)

    def get_follow_requests(
        self, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        return api.get_follow_requests(self, *kinds, using=using)

    def get_requested(
        self, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        return api.get_requested(self, *kinds, using=using)

    def block(self, target: Resource, *, using: str | None = None) -> bool:
        return api.block(self, target, using=using)

    def unblock(self, target: Resource, *, using: str | None = None) -> bool:
        return api.unblock(self, target, using=using)

    def is_blocking(self, target: Resource, *, using: str | None = None) -> bool:
        return api.is_blocking(self, target, using=using)

    def get_blocked(
        self, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        return api.get_blocked(self, *kinds, using=using)

    def mute(
        self,
        target: Resource,
        *,
        until: datetime | None = None,
        using: str | None = None,
    ) -> bool:
        return api.mute(self, target, until=until, using=using)

    def unmute(self, target: Resource, *, using: str | None = None) -> bool:
        return api.unmute(self, target, using=using)

    def is_muting(self, target: Resource, *, using: str | None = None) -> bool:
        return api.is_muting(self, target, using=using)

    def get_muted(
        self, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        return api.get_muted(self, *kinds, using=using)

    def get_followers(
        self, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        return api.get_followers(self, *kinds, using=using)

    def get_followings(
        self, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        return api.get_followings(self, *kinds, using=using)

    def get_friends(
        self, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        return api.get_friends(self, *kinds, using=using)

    def get_followers_count(self, *kinds: Kind, using: str | None = None) -> int:
        return api.get_followers_count(self, *kinds, using=using)

    def get_followings_count(self, *kinds: Kind, using: str | None = None) -> int:
        return api.get_followings_count(self, *kinds, using=using)

    def get_friends_count(self, *kinds: Kind, using: str | None = None) -> int:
        return api.get_friends_count(self, *kinds, using=using)
