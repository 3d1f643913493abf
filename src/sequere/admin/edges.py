from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from sequere.admin.filters import RelationFilter, StateFilter, label_of, newest
from sequere.admin.links import change_page, shows_edges_of
from sequere.api import remove_edges
from sequere.handler import backends
from sequere.models import EdgeRow
from sequere.types import STATES, Ref

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[EdgeRow]
    EdgePaginator = Paginator[EdgeRow]
else:
    EdgePaginator = Paginator
    ModelAdmin = admin.ModelAdmin

COUNTED = 10_000
FILTERS = (RelationFilter, StateFilter)


class CappedPaginator(EdgePaginator):
    """Counts at most 10,000 edges, so that a page of many millions opens at once."""

    @cached_property
    def count(self) -> int:
        edges = cast("QuerySet[EdgeRow]", self.object_list)
        # The order is removed, because the database would sort all edges before
        # counting.
        return edges.order_by()[:COUNTED].count()


@admin.register(EdgeRow)
class EdgeAdmin(ModelAdmin):
    """The admin of edges: search by either end, and delete edges as unfollow() does."""

    list_display = ("follower", "following", "relation", "condition", "since")
    fields = list_display
    search_fields = ("from_object_id",)
    search_help_text = _("An id such as 8, or a reference such as user:8")
    # Any other order would sort the whole table.
    ordering = ("-id",)
    sortable_by = ()
    list_per_page = 50
    list_filter = FILTERS
    # Facets would count all edges of each relation and of each state.
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    show_full_result_count = False

    @admin.display(description=_("follower"))
    def follower(self, row: EdgeRow) -> str:
        return self.link(row.edge.source)

    @admin.display(description=_("following"))
    def following(self, row: EdgeRow) -> str:
        return self.link(row.edge.target)

    @admin.display(description=_("state"))
    def condition(self, row: EdgeRow) -> str:
        return str(label_of(row.state))

    @admin.display(description=_("since"))
    def since(self, row: EdgeRow) -> datetime:
        return row.created

    def get_queryset(self, request: HttpRequest) -> QuerySet[EdgeRow]:
        """Return the edges without bars, because a bar is not an edge."""
        return super().get_queryset(request).filter(state__range=(0, STATES - 1))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[EdgeRow], search_term: str
    ) -> tuple[QuerySet[EdgeRow], bool]:
        """Search the leading columns of the indexes, and never a part of a text."""
        if not (term := search_term.strip()):
            is_filtered = any(each.parameter_name in request.GET for each in FILTERS)
            return newest(queryset) if is_filtered else queryset, False
        found = of_end("from", term) | of_end("to", term)
        identifier, colon, object_id = term.partition(":")
        if colon and identifier:
            found |= of_end("from", object_id, identifier)
            found |= of_end("to", object_id, identifier)
        return queryset.filter(found), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: EdgeRow | None = None
    ) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: EdgeRow) -> None:
        self.delete_queryset(request, EdgeRow.objects.filter(pk=obj.pk))

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[EdgeRow]
    ) -> None:
        for backend in backends.independent():
            if shows_edges_of(backend):
                remove_edges([row.edge for row in queryset], using=backend.alias)
                return
        queryset.delete()

    def link(self, ref: Ref) -> str:
        """Return the ref, with a link to the page of its object if the page exists."""
        url = change_page(self.admin_site, ref)
        return format_html('<a href="{}">{}</a>', url, ref) if url else str(ref)


def of_end(end: str, object_id: str, identifier: str | None = None) -> Q:
    found = Q(**{f"{end}_object_id": object_id})
    return found & Q(**{f"{end}_identifier": identifier}) if identifier else found
