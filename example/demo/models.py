"""Two kinds of things that follow and are followed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from sequere.mixin import SequereMixin


class Thing(SequereMixin, models.Model):
    #: The namespace of its pages.
    kind: ClassVar[str]

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        return reverse(f"{self.kind}:page", args=[self.pk])

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.pk}"

    def follow_url(self) -> str:
        return reverse(f"{self.kind}:follow", args=[self.pk])

    def unfollow_url(self) -> str:
        return reverse(f"{self.kind}:unfollow", args=[self.pk])

    def act_url(self) -> str:
        return reverse(f"{self.kind}:act", args=[self.pk])


class Account(Thing):
    """Known by its number in the file, and by nothing else."""

    kind = "account"

    id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"account {self.pk}"

    @property
    def hue(self) -> int:
        """The angle of its colour: steps of the golden angle keep neighbours apart."""
        return self.pk * 137 % 360


class Topic(Thing):
    kind = "topic"

    slug = models.SlugField(primary_key=True)

    def __str__(self) -> str:
        return f"#{self.pk}"


class Import(models.Model):
    """How far the import of the file has come: the one row of this table."""

    rows = models.PositiveIntegerField(default=0)
    complete = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.rows} rows, {'complete' if self.complete else 'not complete'}"
