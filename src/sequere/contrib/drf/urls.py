"""The paths of sequere.urls for Django REST framework, and others for its actions."""

from __future__ import annotations

from typing import Any

from django.urls import path

from sequere import urls as endpoints
from sequere.contrib.drf.viewsets import FollowViewSet
from sequere.web.listing import VERBS as LISTINGS

app_name = "sequere_drf"

# Each action that has a path, with the methods of the viewset for POST and DELETE.
METHODS: dict[str, dict[str, Any]] = {
    "follow": {"post": "follow", "delete": "unfollow"},
    "block": {"post": "block", "delete": "unblock"},
    "mute": {"post": "mute", "delete": "unmute"},
    "accept": {"post": "accept"},
    "reject": {"post": "reject"},
    "remove_follower": {"post": "remove_follower"},
}


def view(name: str) -> Any:
    """Return the view of an action, with the attributes that @action sets."""
    methods = METHODS.get(name, {"get": name})
    return FollowViewSet.as_view(methods, **getattr(FollowViewSet, name).kwargs)


urlpatterns = [
    path(endpoints.ROUTE.format(name), view(name), name=name)
    for name in (*METHODS, *LISTINGS)
]
