"""Endpoints for all registered models, as sequere.urls has them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.viewsets import GenericViewSet

from sequere.contrib.drf.actions import FollowActionsMixin
from sequere.contrib.drf.schema import resource_schema
from sequere.registration import registry
from sequere.types import Ref


@resource_schema
class FollowViewSet(FollowActionsMixin, GenericViewSet[Any]):
    """The actions of FollowActionsMixin, by identifier and object id."""

    def find_ref(self) -> Ref:
        return Ref(self.kwargs["identifier"], self.kwargs["object_id"])

    def get_queryset(self) -> QuerySet[Any]:
        """For permissions that look at the model."""
        registration = registry.find(self.kwargs["identifier"])
        if registration is None:
            raise Http404(_("There is nothing here."))
        return registration.options.get_queryset()
