from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

import sequere
from sequere.base import ModelBase
from sequere.relations import Relation
from sequere.testing.models import Club, Label, Nick, Person, Place, Profile


class TestingBase(ModelBase):
    """Identifiers that do not get in the way of a project's own."""

    def get_identifier(self) -> str:
        return f"testing.{super().get_identifier()}"


class PersonBase(TestingBase):
    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().exclude(name="hidden")


sequere.register(Person, PersonBase)
for model in (Club, Place, Label, Nick, Profile):
    sequere.register(model, TestingBase)

bookmark = Relation("testing.bookmark")
like = Relation("testing.like")
