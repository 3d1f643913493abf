"""Endpoints for all registered models, like those of sequere.urls."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.viewsets import GenericViewSet

from sequere.contrib.drf.actions import FollowActionsMixin
from sequere.contrib.drf.schema import resource_schema
from sequere.registration import registry
from sequere.web import find_viewer
from sequere.web.targets import find_ref, find_visible, missing


@resource_schema
class FollowViewSet(FollowActionsMixin, GenericViewSet[Any]):
    """The actions of FollowActionsMixin, by identifier and object id."""

    lookup_url_kwarg = "object_id"

    def get_object(self) -> Any:
        """Return the object, if the filters and permissions of the view allow it."""
        ref = find_ref(self.kwargs["identifier"], self.kwargs["object_id"])
        found = find_visible(find_viewer(self.request), ref)
        if self.filter_backends:
            shown = self.filter_queryset(self.get_queryset())
            if not shown.filter(pk=found.pk).exists():
                raise missing()
        self.check_object_permissions(self.request, found)
        return found

    def get_queryset(self) -> QuerySet[Any]:
        """Return the queryset for filters, and for permissions that need a model."""
        registration = registry.find(self.kwargs["identifier"])
        if registration is None:
            raise missing()
        return registration.options.get_queryset()
