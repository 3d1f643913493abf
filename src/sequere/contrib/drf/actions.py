"""Actions for viewsets of registered models.

FollowActionsMixin has the actions `follow`, `block` and `mute` (POST and DELETE),
`accept`, `reject` and `remove_follower` (POST), and the lists of sequere.urls. Every
action calls get_object(), which applies the queryset, filters and permissions of the
view. Then ModelBase decides. The cost is that of get_object() and of the endpoint.

Permissions see the method of the request, so that a read-only token cannot follow. Only
Django's model permissions are waived: following an object does not need the permission
to add or delete objects of its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.cache import add_never_cache_headers
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.permissions import DjangoModelPermissions
from rest_framework.request import Request
from rest_framework.response import Response

from sequere.contrib.drf.errors import RefusalMixin
from sequere.contrib.drf.pagination import FollowCursorPagination
from sequere.contrib.drf.payloads import FollowChangeSerializer, FollowItemSerializer
from sequere.contrib.drf.schema import change_schema, list_schema, mute_schema
from sequere.primary_keys import NO_KEY, key_maker
from sequere.registration import registry
from sequere.types import Ref
from sequere.web import (
    ACTIONS,
    Listing,
    find_list,
    follow_payload,
    perform,
    require_viewer,
    resource_payload,
)
from sequere.web.actions import ENDING, end_hidden
from sequere.web.listing import VERBS as LISTINGS
from sequere.web.targets import missing

if TYPE_CHECKING:
    from rest_framework.viewsets import GenericViewSet

    class Base(RefusalMixin, GenericViewSet[Any]): ...

else:
    Base = RefusalMixin

DENIED = (APIException, Http404, PermissionDenied)


def until_in(request: Request) -> Any:
    """Return the `until` of a request for a mute. See MuteSerializer."""
    data = request.data
    return data.get("until") if isinstance(data, Mapping) else None


CHANGE: dict[str, Any] = {
    "detail": True,
    "methods": ["post"],
    "serializer_class": FollowChangeSerializer,
}
LIST: dict[str, Any] = {
    "detail": True,
    "serializer_class": FollowItemSerializer,
    "pagination_class": FollowCursorPagination,
}


class FollowActionsMixin(Base):
    # No docstring: schemas would show it for the classes of projects.

    @change_schema
    @action(**CHANGE)
    def follow(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Follow the object, or ask to. Repeating it changes nothing."""
        return self._change(request, "follow")

    @change_schema
    @follow.mapping.delete
    def unfollow(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Unfollow the object, or withdraw the request. Unfollowing it again is not an
        error.
        """
        return self._change(request, "unfollow")

    @change_schema
    @action(**CHANGE)
    def block(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Block the object. This ends the follows between it and the visitor."""
        return self._change(request, "block")

    @change_schema
    @block.mapping.delete
    def unblock(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Unblock the object. The follows that the block ended do not come back."""
        return self._change(request, "unblock")

    @mute_schema
    @action(**CHANGE)
    def mute(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mute the object, for ever or `until` a time."""
        return self._change(request, "mute", until=until_in(request))

    @change_schema
    @mute.mapping.delete
    def unmute(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Unmute the object."""
        return self._change(request, "unmute")

    @change_schema
    @action(**CHANGE)
    def accept(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Accept the object's request to follow the visitor."""
        return self._change(request, "accept")

    @change_schema
    @action(**CHANGE)
    def reject(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Reject the object's request to follow the visitor."""
        return self._change(request, "reject")

    @change_schema
    @action(**CHANGE)
    def remove_follower(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove the object from the followers of the visitor."""
        return self._change(request, "remove_follower")

    @list_schema
    @action(**LIST)
    def followers(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the followers of the object, newest first."""
        return self._list(request, "followers")

    @list_schema
    @action(**LIST)
    def followings(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the resources that the object follows, newest first."""
        return self._list(request, "followings")

    @list_schema
    @action(**LIST)
    def friends(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the resources that the object follows and that follow it back, newest
        first.
        """
        return self._list(request, "friends")

    @list_schema
    @action(**LIST)
    def requests(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the requests to follow the visitor, newest first. The object must be the
        visitor's own.
        """
        return self._list(request, "requests")

    @list_schema
    @action(**LIST)
    def requested(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the resources that the visitor has asked to follow, newest first. The
        object must be the visitor's own.
        """
        return self._list(request, "requested")

    @list_schema
    @action(**LIST)
    def blocked(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the resources that the visitor blocks, newest first. The object must be
        the visitor's own.
        """
        return self._list(request, "blocked")

    @list_schema
    @action(**LIST)
    def muted(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the resources that the visitor mutes, newest first. The object must be
        the visitor's own.
        """
        return self._list(request, "muted")

    def find_ref(self) -> Ref:
        """Return the ref of the object. Every missing or hidden object raises Http404
        with the same text, so that a visitor cannot tell the cases apart.
        """
        try:
            return registry.ref(self.get_object())
        except Http404:
            raise missing() from None

    def _change(self, request: Request, name: str, **details: Any) -> Response:
        viewer = require_viewer(request)
        check_csrf(request)
        try:
            change = perform(request, name, *self.find_ref(), **details)
        except Http404:
            if name not in ENDING or (ref := self.find_hidden_ref()) is None:
                raise
            # The visitor learns that something has ended, and nothing else about the
            # hidden object.
            change = end_hidden(viewer, name, ref)
        return Response(follow_payload(change))

    def find_hidden_ref(self) -> Ref | None:
        """Return the ref of an object that the view does not show, if the view permits
        the request. The path must name the object by its primary key.
        """
        model, field = self.get_queryset().model, self.lookup_field
        if field not in ("pk", model._meta.pk.name):
            return None
        try:
            key = key_maker(model._meta.pk)(self.kwargs[self.lookup_url_kwarg or field])
            found = model._base_manager.get(pk=key)
            self.check_object_permissions(self.request, found)
        except (*NO_KEY, model.DoesNotExist, *DENIED):
            return None
        return registry.ref(found)

    def _list(self, request: Request, listing: Listing) -> Response:
        found: Any = find_list(request, listing, *self.find_ref())
        page = self.paginate_queryset(found) or []
        items = [resource_payload(*item) for item in page]
        return self.get_paginated_response(FollowItemSerializer(items, many=True).data)

    def get_permissions(self) -> Any:
        found = super().get_permissions()
        return [*map(waived, found)] if self.action in ACTIONS else found

    def finalize_response(
        self, request: Any, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        found = super().finalize_response(request, response, *args, **kwargs)
        if getattr(self, "action", None) in (*ACTIONS, *LISTINGS):
            add_never_cache_headers(found)
        return found


def check_csrf(request: Request) -> None:
    """Check the CSRF token if no authenticator did. The framework checks it only for
    users who are logged in by a session; SEQUERE_VIEWER may find other visitors.
    """
    if request.successful_authenticator is None:
        SessionAuthentication().enforce_csrf(request)


def waived(permission: Any) -> Any:
    """Return a copy of `permission`. If it is one of Django's model permissions, POST
    and DELETE need only what GET needs. Both parts of `A & B` and `A | B` are copied in
    this way.
    """
    found = copy(permission)
    if isinstance(found, DjangoModelPermissions):
        changes = dict.fromkeys(("POST", "DELETE"), found.perms_map.get("GET", []))
        found.perms_map = {**found.perms_map, **changes}
    for name in ("op1", "op2"):
        if part := getattr(found, name, None):
            setattr(found, name, waived(part))
    return found
