"""The models of the session in the README, and models that are hard to register."""

from __future__ import annotations

from typing import Any

from django.db import models

from sequere.mixin import SequereMixin
from tests.settings import ENGINE


class User(SequereMixin, models.Model):
    username = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.username


class Project(SequereMixin, models.Model):
    name = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.name


class Bot(models.Model):
    """A model that is registered only as a proxy."""


class HelpfulBot(Bot):
    class Meta:
        proxy = True


class PrefixedField(models.IntegerField):  # type: ignore[type-arg]
    """A field that is a number in the database, and a text such as "h5" in Python."""

    def from_db_value(self, value: int | None, *args: Any) -> Any:
        return value if value is None else f"h{value}"

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> Any:
        return int(value[1:]) if isinstance(value, str) else value


class Prefixed(models.Model):
    id = PrefixedField(primary_key=True)


class Handle(models.Model):
    """A key that ignores case, except on PostgreSQL."""

    name = models.CharField(
        max_length=50,
        primary_key=True,
        db_collation=None if ENGINE in ("postgresql", "mariadb") else "NOCASE",
    )


class Price(models.Model):
    amount = models.DecimalField(max_digits=8, decimal_places=2, primary_key=True)


class Level(models.Model):
    height = models.FloatField(primary_key=True)


class Span(models.Model):
    length = models.DurationField(primary_key=True)


class Elsewhere(models.Model):
    """A model that the router keeps in the database `other`."""


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
