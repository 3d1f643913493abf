"""The models of the session in the README, and such as are awkward to register."""

from __future__ import annotations

from django.db import models

from sequere.mixin import SequereMixin


class User(SequereMixin, models.Model):
    username = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.username


class Project(SequereMixin, models.Model):
    name = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.name


class Bot(models.Model):
    """Registered as a proxy only."""


class HelpfulBot(Bot):
    class Meta:
        proxy = True


class Elsewhere(models.Model):
    """Kept in the database `other` by the router."""


class Composite(models.Model):
    pk = models.CompositePrimaryKey("left", "right")
    left = models.IntegerField()
    right = models.IntegerField()


class Abstract(models.Model):
    class Meta:
        abstract = True


class Swapped(models.Model):
    class Meta:
        swappable = "TESTAPP_SWAPPED_MODEL"
