"""The models that a developer writes instead of a package: a first one, and a tuned
one.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone


class PlainFollow(models.Model):
    source = models.ForeignKey(User, models.CASCADE, related_name="plain_followings")
    target = models.ForeignKey(User, models.CASCADE, related_name="plain_followers")
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[PlainFollow]] = models.Manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "target"], name="plain_once"),
        )

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


class TunedFollow(models.Model):
    """The foreign keys have no index of their own: each of three indexes begins with
    one.
    """

    source = models.ForeignKey(
        User, models.CASCADE, related_name="tuned_followings", db_index=False
    )
    target = models.ForeignKey(
        User, models.CASCADE, related_name="tuned_followers", db_index=False
    )
    created = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[TunedFollow]] = models.Manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "target"], name="tuned_once"),
        )
        indexes = (
            models.Index(fields=["target", "created", "source"], name="tuned_target"),
            models.Index(fields=["source", "created", "target"], name="tuned_source"),
        )

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
