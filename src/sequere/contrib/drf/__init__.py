"""Django REST framework: serializers that know how the visitor stands to each object,
actions and endpoints to follow, and pages of lists.

What they do is in sequere.web; here it is said in the words of the framework.
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
