"""Two kinds of things that follow and are followed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.urls import reverse

from sequere.mixin import SequereMixin


class Thing(SequereMixin, models.Model):
    #: Its identifier in the graph, and the namespace of its pages.
    kind: ClassVar[str]

    #: Whether its follows are left out of all lists and counts: see demo.suspension.
    suspended = models.BooleanField(default=False)
    #: Whether it approves its followers, who alone see its lists: see demo.privacy.
    is_private = models.BooleanField(default=False)

    # Set by with_follow_state().
    followers_count: int
    is_followed: bool
    follows_viewer: bool
    is_requested: bool
    requests_viewer: bool
    is_blocked: bool
    is_muted: bool
    muted_until: datetime | None

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

    def change_url(self) -> str:
        """Return where to post `action`: follow, block, mute, accept and others."""
        return reverse("sequere:follow", args=[self.kind, self.pk])

    def mute_url(self) -> str:
        return reverse(f"{self.kind}:mute", args=[self.pk])

    def suspend_url(self) -> str:
        return reverse(f"{self.kind}:suspend", args=[self.pk])


class Account(Thing):
    """An account of the file, which knows its number. The rest is made up."""

    kind = "account"

    id = models.BigIntegerField(primary_key=True)
    name = models.CharField(max_length=80, default="")
    handle = models.CharField(max_length=80, default="")
    about = models.CharField(max_length=200, default="")

    def __str__(self) -> str:
        return self.name


class Topic(Thing):
    kind = "topic"

    slug = models.SlugField(primary_key=True)

    def __str__(self) -> str:
        return f"#{self.pk}"


class Import(models.Model):
    """The progress of the import of the file. The table has one row."""

    rows = models.PositiveIntegerField(default=0)
    complete = models.BooleanField(default=False)
    #: The figures of the whole file as JSON: see demo.figures. This is no JSONField,
    #: because Django's check of one connects, which makes a file before the port is
    #: known to be free.
    figures = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.rows} rows, {'complete' if self.complete else 'not complete'}"
