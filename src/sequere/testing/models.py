"""Models with keys of every kind."""

from __future__ import annotations

import uuid

from django.db import models

from sequere.backends.simple.fields import ExactTextField
from sequere.managers import FollowManager
from sequere.mixin import SequereMixin


class Person(SequereMixin, models.Model):
    name = models.CharField(max_length=50)

    objects = FollowManager()

    def __str__(self) -> str:
        return self.name


class Reader(Person):
    """A proxy, with the same rows."""

    class Meta:
        proxy = True


class Employee(Person):
    """A child with its own table and its own primary key."""

    badge = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.OneToOneField(Person, models.CASCADE, parent_link=True)


class Club(models.Model):
    """A club is deleted with its owner."""

    owner = models.ForeignKey(Person, models.CASCADE, null=True)

    objects = FollowManager()

    def __str__(self) -> str:
        return f"club {self.pk}"


class Place(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)

    objects = FollowManager()

    def __str__(self) -> str:
        return str(self.id)


class Label(models.Model):
    """Any text is a valid key."""

    name = ExactTextField(max_length=255, primary_key=True)

    objects = FollowManager()

    def __str__(self) -> str:
        return self.name


class Nick(models.Model):
    """The key is text, compared by the rules of the database."""

    name = models.CharField(max_length=255, primary_key=True)

    objects = FollowManager()

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """The key is the key of another object."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True)

    objects = FollowManager()

    def __str__(self) -> str:
        return f"profile of {self.person_id}"


class Account(models.Model):
    """An account approves its followers if it is private."""

    is_private = models.BooleanField(default=False)

    objects = FollowManager()

    def __str__(self) -> str:
        return f"account {self.pk}"


class Society(models.Model):
    """A society approves its followers if its name says so, and may be secret."""

    name = models.CharField(max_length=50)

    objects = FollowManager()

    def __str__(self) -> str:
        return self.name


class Stranger(models.Model):
    """This model is not registered."""

    def __str__(self) -> str:
        return f"stranger {self.pk}"
