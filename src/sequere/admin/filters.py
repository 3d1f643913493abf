"""The relation and the state of edges, as the admin shows and filters them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sequere.declaration import UNTIL, declared
from sequere.models import EdgeRow
from sequere.types import ACTIVE, REQUESTED, STATES

#: The states that have each label. An archived request is archived.
LABELS: dict[str, tuple[str | Promise, list[int]]] = {
    "active": (_("active"), [ACTIVE]),
    "requested": (_("requested"), [REQUESTED]),
    "archived": (_("archived"), list(range(REQUESTED + 1, STATES))),
}


def label_of(state: int) -> str | Promise:
    return next(label for label, states in LABELS.values() if state in states)


class RelationFilter(SimpleListFilter):
    title = _("relation")
    parameter_name = "relation"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(declared) if not name.endswith(UNTIL)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[EdgeRow]
    ) -> QuerySet[EdgeRow]:
        name = self.value()
        return queryset.filter(relation=name) if name in declared else queryset


class StateFilter(SimpleListFilter):
    title = _("state")
    parameter_name = "condition"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(name, str(label)) for name, (label, _states) in LABELS.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[EdgeRow]
    ) -> QuerySet[EdgeRow]:
        found = LABELS.get(self.value() or "")
        return queryset.filter(state__in=found[1]) if found else queryset
