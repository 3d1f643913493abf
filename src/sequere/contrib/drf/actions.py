"""Actions for viewsets of registered models.

FollowActionsMixin has `follow`, by POST and DELETE, `followers`, `followings` and
`friends`. They cost what the endpoints cost, and get_object(). Who may read an object
may follow it and see its lists, unless ModelBase says no: permissions to change the
object are not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.cache import add_never_cache_headers
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import action
from rest_framework.request import Request, clone_request
from rest_framework.response import Response

from sequere.contrib.drf.errors import RefusalMixin
from sequere.contrib.drf.pagination import FollowCursorPagination
from sequere.contrib.drf.payloads import FollowChangeSerializer, FollowItemSerializer
from sequere.contrib.drf.schema import change_schema, list_schema
from sequere.registration import registry
from sequere.types import Ref
from sequere.web import (
    Listing,
    change_follow,
    find_list,
    follow_payload,
    require_viewer,
    resource_payload,
)

if TYPE_CHECKING:
    from rest_framework.viewsets import GenericViewSet

    class Base(RefusalMixin, GenericViewSet[Any]): ...

else:
    Base = RefusalMixin

CHANGES = ("follow", "unfollow")
LISTS = ("followers", "followings", "friends")


class FollowActionsMixin(Base):
    # No docstring: schemas would show it for the classes of projects.

    @change_schema
    @action(detail=True, methods=["post"], serializer_class=FollowChangeSerializer)
    def follow(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Follow the object. To follow it already is no error."""
        return self._change(request, follow=True)

    @change_schema
    @follow.mapping.delete
    def unfollow(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """No longer follow the object. Not to follow it is no error."""
        return self._change(request, follow=False)

    @list_schema
    @action(
        detail=True,
        serializer_class=FollowItemSerializer,
        pagination_class=FollowCursorPagination,
        filter_backends=[],
    )
    def followers(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who follows the object, newest first."""
        return self._list(request, "followers")

    @list_schema
    @action(
        detail=True,
        serializer_class=FollowItemSerializer,
        pagination_class=FollowCursorPagination,
        filter_backends=[],
    )
    def followings(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the object follows, newest first."""
        return self._list(request, "followings")

    @list_schema
    @action(
        detail=True,
        serializer_class=FollowItemSerializer,
        pagination_class=FollowCursorPagination,
        filter_backends=[],
    )
    def friends(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the object follows and is followed back by, newest first."""
        return self._list(request, "friends")

    def find_ref(self) -> Ref:
        """The object that the request is about."""
        return registry.ref(self.get_object())

    def _change(self, request: Request, *, follow: bool) -> Response:
        require_viewer(request)
        check_csrf(request)
        change = change_follow(request, *self.find_ref(), follow=follow)
        return Response(follow_payload(change))

    def _list(self, request: Request, listing: Listing) -> Response:
        found: Any = find_list(request, listing, *self.find_ref())
        page = self.paginate_queryset(found) or []
        items = [resource_payload(*item) for item in page]
        return self.get_paginated_response(FollowItemSerializer(items, many=True).data)

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(self._as_reader(request))

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        super().check_object_permissions(self._as_reader(request), obj)

    def _as_reader(self, request: Request) -> Request:
        return clone_request(request, "GET") if self.action in CHANGES else request

    def finalize_response(
        self, request: Any, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        found = super().finalize_response(request, response, *args, **kwargs)
        if getattr(self, "action", None) in (*CHANGES, *LISTS):
            add_never_cache_headers(found)
        return found


def check_csrf(request: Request) -> None:
    """The framework does so for who is logged in by a session. If SEQUERE_VIEWER knows
    the visitor in another way, nothing else did.
    """
    if request.successful_authenticator is None:
        SessionAuthentication().enforce_csrf(request)
