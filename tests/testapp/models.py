"""Models of every kind that may, or may not, be registered."""

from __future__ import annotations

import uuid

from django.db import models

from sequere.mixin import SequereMixin


class User(SequereMixin, models.Model):
    username = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.username


class Staff(User):
    """A child with a table of its own, and another primary key than its parent's."""

    badge = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.OneToOneField(
        User, models.CASCADE, parent_link=True, related_name="staff"
    )


class Reader(User):
    class Meta:
        proxy = True


class Project(SequereMixin, models.Model):
    name = models.CharField(max_length=150)
    owner = models.ForeignKey(User, models.CASCADE, null=True)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """Any text is a key."""

    name = models.CharField(max_length=255, primary_key=True, db_collation=None)

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)


class Profile(models.Model):
    """The key is another's key."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True)


class Bot(models.Model):
    """Registered as a proxy only."""


class HelpfulBot(Bot):
    class Meta:
        proxy = True


class Stranger(models.Model):
    """Not registered."""


class Composite(models.Model):
    pk = models.CompositePrimaryKey("left", "right")
    left = models.IntegerField()
    right = models.IntegerField()


class Abstract(models.Model):
    class Meta:
        abstract = True
