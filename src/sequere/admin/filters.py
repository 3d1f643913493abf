"""The relation and the state of edges, as the admin shows and filters them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
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

#: Without a search, a filter reads this number of edges at most.
NEWEST = 100_000


def label_of(state: int) -> str | Promise:
    return next(label for label, states in LABELS.values() if state in states)


def is_search(request: HttpRequest) -> bool:
    return bool(request.GET.get(SEARCH_VAR, "").strip())


def newest(queryset: QuerySet[EdgeRow]) -> QuerySet[EdgeRow]:
    """Leave out all but the newest edges, because no index begins with a relation or a
    state. One query finds where they begin.
    """
    rows = EdgeRow.objects.using(queryset.db).order_by("-pk")
    oldest = rows.values_list("pk", flat=True)[NEWEST - 1 : NEWEST].first()
    return queryset if oldest is None else queryset.filter(pk__gte=oldest)


class EdgeFilter(SimpleListFilter):
    """A filter whose title says which edges it reads: beside a search, all edges that
    the search finds; otherwise only the newest edges.
    """

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        if not is_search(request):
            number = number_format(NEWEST, force_grouping=True)
            self.title = _("%(filter)s (in the newest %(number)s edges)") % {
                "filter": self.title,
                "number": number,
            }


class RelationFilter(EdgeFilter):
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


class StateFilter(EdgeFilter):
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
