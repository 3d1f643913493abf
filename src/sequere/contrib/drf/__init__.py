"""Support for Django REST framework: serializers with the follow state of each object,
actions and endpoints for following, and pagination of lists.

The package sequere.web does the work; these modules adapt it to the framework.
"""

from __future__ import annotations

try:
    import rest_framework  # noqa: F401
except ModuleNotFoundError as exc:
    raise ImportError(
        "sequere.contrib.drf needs Django REST framework: "
        "pip install 'django-sequere[drf]'"
    ) from exc

from sequere.contrib.drf.actions import FollowActionsMixin
from sequere.contrib.drf.errors import RefusalMixin, Unavailable, api_error
from sequere.contrib.drf.pagination import FollowCursorPagination
from sequere.contrib.drf.payloads import (
    FollowChangeSerializer,
    FollowItemSerializer,
    FollowRefusalSerializer,
)
from sequere.contrib.drf.serializers import FollowStateMixin
from sequere.contrib.drf.viewsets import FollowViewSet

__all__ = [
    "FollowActionsMixin",
    "FollowChangeSerializer",
    "FollowCursorPagination",
    "FollowItemSerializer",
    "FollowRefusalSerializer",
    "FollowStateMixin",
    "FollowViewSet",
    "RefusalMixin",
    "Unavailable",
    "api_error",
]
