"""OpenAPI descriptions for drf-spectacular, if it is installed."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from sequere.contrib.drf.payloads import (
    FollowChangeSerializer,
    FollowItemSerializer,
    FollowRefusalSerializer,
    MuteSerializer,
)

F = TypeVar("F")


class Decorator(Protocol):
    """A decorator of a view class, or of a method that is an action."""

    def __call__(self, view: F, /) -> F: ...


change_schema: Decorator
mute_schema: Decorator
list_schema: Decorator
resource_schema: Decorator

try:
    from drf_spectacular.utils import OpenApiParameter, extend_schema
except ModuleNotFoundError:

    def undescribed(view: F) -> F:
        return view

    change_schema = mute_schema = list_schema = resource_schema = undescribed
else:
    describe: Any = extend_schema
    REFUSED = dict.fromkeys((400, 401, 403, 404, 503), FollowRefusalSerializer)

    CHANGED = {200: FollowChangeSerializer, 429: FollowRefusalSerializer, **REFUSED}

    change_schema = describe(request=None, responses=CHANGED)
    mute_schema = describe(request=MuteSerializer, responses=CHANGED)
    list_schema = describe(
        # The filters of a view apply to its objects, not to their followers.
        filters=False,
        parameters=[
            OpenApiParameter(
                "kind",
                str,
                many=True,
                description="An identifier, to list only objects of this model.",
            )
        ],
        responses={200: FollowItemSerializer(many=True), **REFUSED},
    )
    resource_schema = describe(
        parameters=[
            OpenApiParameter(
                "identifier",
                str,
                OpenApiParameter.PATH,
                description="The identifier of a registered model.",
            ),
            OpenApiParameter(
                "object_id",
                str,
                OpenApiParameter.PATH,
                description="A key of the model. A slash is written as ~2F.",
            ),
        ]
    )
