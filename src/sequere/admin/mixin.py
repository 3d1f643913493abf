from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import router, transaction
from django.db.models import Model
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.utils.translation import override as language

from sequere.admin.links import change_page, edges_page, page
from sequere.admin.panel import SHOWN, PageCounts, logger, read_panels, sent_edges
from sequere.api import remove_edges
from sequere.exceptions import BackendError, InvalidEdge
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.registration import registry
from sequere.types import Direction, Edge

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object

# Django would use a template named change_form.html for the page of an edge.
TEMPLATE = "admin/sequere/page_with_follows.html"
COLUMNS = {"followers_count", "followings_count"}
MARK = "_sequere_page_counts"


class FollowAdminMixin(Base):
    """Extends the ModelAdmin of a registered model. The page of an object shows its
    counts and its newest followers and followings, and can remove them. `list_display`
    can use the columns `followers_count` and `followings_count`.

    A page costs two queries for each direction and one for each model; a column costs
    one query. If the backend is down, pages open without this data. Raise NotRegistered
    for a model that is not registered.
    """

    #: The alias of the backend. None is the default backend.
    follow_backend: str | None = None

    # The columns

    @admin.display(description=gettext_lazy("followers"))
    def followers_count(self, obj: Model) -> int | None:
        return self._count(obj, "followers")

    @admin.display(description=gettext_lazy("followings"))
    def followings_count(self, obj: Model) -> int | None:
        return self._count(obj, "followings")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        if not COLUMNS.isdisjoint(changelist.list_display):
            instances = list(changelist.result_list)
            refs = [registry.ref(instance) for instance in instances]
            counts = PageCounts(refs, self.follow_backend)
            for instance in instances:
                setattr(instance, MARK, counts)
        return changelist

    def _count(self, obj: Model, direction: Direction) -> int | None:
        ref = registry.ref(obj)
        counts = getattr(obj, MARK, None) or PageCounts([ref], self.follow_backend)
        return counts.get(ref, direction)

    # The page of an object

    def has_remove_follow_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """May the user remove follows of `obj`? Users who may delete edges in the list
        of edges may also remove follows here, whatever else they may change.
        """
        return request.user.has_perm("sequere.delete_edgerow")

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        response = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        is_page = change and obj is not None and not context.get("is_popup")
        if is_page and isinstance(response, TemplateResponse):
            # The parent template may come from the model, the site or another mixin.
            parent = response.resolve_template(response.template_name)
            follows = self._follows(request, obj)
            response.context_data = {
                **(response.context_data or {}),
                "follows": follows,
                "follows_parent": parent,
            }
            response.template_name = TEMPLATE
        return response

    def _follows(self, request: HttpRequest, obj: Model) -> dict[str, Any]:
        ref, site = registry.ref(obj), self.admin_site
        backend = get_backend(self.follow_backend)
        try:
            panels = read_panels(
                ref, backend, lambda other: change_page(site, other, request)
            )
        except BackendError:
            logger.exception("Follows of a %s cannot be shown.", ref.identifier)
            panels = []
        return {
            "panels": panels,
            "shown": SHOWN,
            "may_remove": self.has_remove_follow_permission(request, obj)
            and any(panel.rows for panel in panels),
            "action": self._page("follows", obj),
            "all_edges": edges_page(site, ref, backend, request),
        }

    # The removal

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.follows_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_follows"
        return [path("<path:object_id>/follows/", view, name=name), *super().get_urls()]

    def follows_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Remove the follows that the form on the page of an object names."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not (
            self.has_view_or_change_permission(request, obj)
            and self.has_remove_follow_permission(request, obj)
        ):
            raise PermissionDenied
        try:
            removed = self._remove(request, obj, request.POST.getlist)
        except InvalidEdge as exc:
            raise BadRequest(str(exc)) from exc
        except BackendError:
            name = registry.ref(obj).identifier
            logger.exception("Follows of a %s cannot be removed.", name)
            text = _("The follows cannot be removed now. Try again later.")
            self.message_user(request, text, messages.ERROR)
        else:
            text = ngettext(
                "%(count)d follow was removed.",
                "%(count)d follows were removed.",
                removed,
            ) % {"count": removed}
            level = messages.SUCCESS if removed else messages.WARNING
            self.message_user(request, text, level)
        return HttpResponseRedirect(self._page("change", obj))

    def _remove(
        self, request: HttpRequest, obj: Model, sent: Callable[[str], list[str]]
    ) -> int:
        using = self.follow_backend
        with transaction.atomic(using=router.db_for_write(self.model)):
            edges = sent_edges(registry.ref(obj), get_backend(using), sent)
            if removed := remove_edges(edges, using=using):
                self.log_change(request, obj, history(removed))
        return len(removed)

    def _page(self, name: str, obj: Model) -> str:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return page(self.admin_site, name, quote(obj.pk))


def history(edges: list[Edge]) -> list[dict[str, dict[str, str]]]:
    """Return the change message in the form that the admin translates when it shows
    it.
    """
    with language(None):
        name = str(EdgeRow._meta.verbose_name)
    return [{"deleted": {"name": name, "object": str(edge)}} for edge in edges]
