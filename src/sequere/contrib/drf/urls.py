"""The paths of sequere.urls, answered by Django REST framework."""

from __future__ import annotations

from typing import Any

from django.urls import path

from sequere import urls as endpoints
from sequere.contrib.drf.viewsets import FollowViewSet

app_name = "sequere_drf"

METHODS: dict[str, dict[str, Any]] = {
    "follow": {"post": "follow", "delete": "unfollow"}
}


def view(name: Any) -> Any:
    """The view of an action, with what the action changes in it."""
    methods = METHODS.get(name, {"get": name})
    return FollowViewSet.as_view(methods, **getattr(FollowViewSet, name).kwargs)


urlpatterns = [
    path(str(each.pattern), view(each.name), name=each.name)
    for each in endpoints.urlpatterns
]
