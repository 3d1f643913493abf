from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

import sequere
from sequere.base import ModelBase
from sequere.relations import Relation
from sequere.testing.models import (
    Account,
    Club,
    Label,
    Nick,
    Person,
    Place,
    Profile,
    Society,
)


class TestingBase(ModelBase):
    """Give identifiers that do not collide with the identifiers of a project."""

    def get_identifier(self) -> str:
        return f"testing.{super().get_identifier()}"


class PersonBase(TestingBase):
    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().exclude(name="hidden")


class AccountBase(TestingBase):
    approval = "is_private"


class SocietyBase(TestingBase):
    def approval(self, instance: Any) -> bool:
        return bool(instance.name == "closed")

    def visible_to(self, queryset: QuerySet[Any], viewer: Any) -> QuerySet[Any]:
        """Show secret societies to insiders only."""
        if isinstance(viewer, Person) and viewer.name == "insider":
            return queryset
        return queryset.exclude(name="secret")


sequere.register(Person, PersonBase)
sequere.register(Account, AccountBase)
sequere.register(Society, SocietyBase)
for model in (Club, Place, Label, Nick, Profile):
    sequere.register(model, TestingBase)

bookmark = Relation("testing.bookmark")
like = Relation("testing.like")
