"""The addresses of pages in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.utils import quote
from django.db import router
from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from sequere.backends.base import BaseBackend
from sequere.backends.simple import SimpleBackend
from sequere.models import EdgeRow
from sequere.registration import registry
from sequere.types import Ref


def change_page(
    site: AdminSite, ref: Ref, request: HttpRequest | None = None
) -> str | None:
    """Return the page of the object of `ref`, if it exists and `request` may open
    it.
    """
    registration = registry.find(ref.identifier)
    if registration is None:
        return None
    registered = registration.model
    # If a proxy is registered, the page may belong to the model itself.
    for model in (registered, registered._meta.concrete_model or registered):
        if may_open(site, model, request):
            name = f"{model._meta.app_label}_{model._meta.model_name}_change"
            return page(site, name, quote(ref.object_id))
    return None


def edges_page(
    site: AdminSite, ref: Ref, backend: BaseBackend, request: HttpRequest
) -> str | None:
    """Return the page with all edges of `ref`, if the admin lists the rows of
    `backend`.
    """
    if not (shows_edges_of(backend) and may_open(site, EdgeRow, request)):
        return None
    query = QueryDict(mutable=True)
    query["q"] = str(ref)
    return f"{page(site, 'sequere_edgerow_changelist')}?{query.urlencode()}"


def shows_edges_of(backend: BaseBackend) -> bool:
    """Are the edges of `backend` the rows that the admin of EdgeRow lists?"""
    database = router.db_for_write(EdgeRow)
    return isinstance(backend, SimpleBackend) and backend.shares_transaction(database)


def may_open(site: AdminSite, model: type[Model], request: HttpRequest | None) -> bool:
    if not site.is_registered(model):
        return False
    model_admin: ModelAdmin[Any] = site.get_model_admin(model)
    return request is None or model_admin.has_view_or_change_permission(request)


def page(site: AdminSite, name: str, *args: str) -> str:
    return reverse(f"admin:{name}", args=args, current_app=site.name)
