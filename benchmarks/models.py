"""What others write in place of sequere."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import User
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Follow(models.Model):
    """Written in an afternoon."""

    from_user = models.ForeignKey(User, models.CASCADE, related_name="following_set")
    to_user = models.ForeignKey(User, models.CASCADE, related_name="follower_set")
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Follow]] = models.Manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["from_user", "to_user"], name="benchmarks_follow_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_user} -> {self.to_user}"


class GenericEdge(models.Model):
    """Anything follows anything, as Django's docs on generic relations lead to it."""

    source_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    source_id = models.CharField(max_length=255)
    source = GenericForeignKey("source_type", "source_id")
    target_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    target_id = models.CharField(max_length=255)
    target = GenericForeignKey("target_type", "target_id")
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager[GenericEdge]] = models.Manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source_type", "source_id", "target_type", "target_id"],
                name="benchmarks_genericedge_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["target_type", "target_id"], name="benchmarks_genericedge_to"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id}"


class Account(models.Model):
    """An account of a real graph, of which nothing but the key is known."""

    objects: ClassVar[models.Manager[Account]] = models.Manager()

    def __str__(self) -> str:
        return str(self.pk)
