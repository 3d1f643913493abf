"""Two kinds of things that follow and are followed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from sequere.mixin import SequereMixin


class Thing(SequereMixin, models.Model):
    #: Its identifier in the graph, and the namespace of its pages.
    kind: ClassVar[str]

    #: Are its follows out of all lists and counts? See demo.suspension.
    suspended = models.BooleanField(default=False)

    # Set by with_follow_state().
    followers_count: int
    is_followed: bool
    follows_viewer: bool

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        return self.list_url("followers")

    def list_url(self, name: str) -> str:
        return reverse(f"{self.kind}:{name}", args=[self.pk])

    @property
    def ref(self) -> str:
        return f"{self.kind}:{self.pk}"

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.pk}"

    def act_url(self) -> str:
        return reverse(f"{self.kind}:act", args=[self.pk])

    def suspend_url(self) -> str:
        return reverse(f"{self.kind}:suspend", args=[self.pk])


class Account(Thing):
    """Known by its number in the file, and by nothing else."""

    kind = "account"

    id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"account {self.pk}"


class Topic(Thing):
    kind = "topic"

    slug = models.SlugField(primary_key=True)

    def __str__(self) -> str:
        return f"#{self.pk}"


class Import(models.Model):
    """How far the import of the file has come: the one row of this table."""

    rows = models.PositiveIntegerField(default=0)
    complete = models.BooleanField(default=False)
    #: What demo.figures has found in the file, once all of it was read, as JSON. No
    #: JSONField: to check one is to connect, and so to make a file without a port.
    figures = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.rows} rows, {'complete' if self.complete else 'not complete'}"
