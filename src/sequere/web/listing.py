"""The lists that visitors see, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from django.core.exceptions import BadRequest, PermissionDenied
from django.utils.translation import gettext as _

from sequere import api
from sequere.lists import ResourceList
from sequere.types import Direction
from sequere.web.actions import options_of
from sequere.web.payloads import resource_payload
from sequere.web.targets import find_kinds, find_resource
from sequere.web.viewers import find_viewer

Listing: TypeAlias = Literal["followers", "followings", "friends"]

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

VERBS: dict[Listing, Callable[..., ResourceList[Any]]] = {
    "followers": api.get_followers,
    "followings": api.get_followings,
    "friends": api.get_friends,
}
# Friends are in both lists, so that they give away something of both.
DIRECTIONS: dict[Listing, tuple[Direction, ...]] = {
    "followers": ("followers",),
    "followings": ("followings",),
    "friends": ("followers", "followings"),
}


def list_payload(
    request: Any, listing: Listing, identifier: str, object_id: str
) -> dict[str, Any]:
    """A page of a list, as `after`, `size` and `kind` in the query string ask for it.

    Raise Http404, BadRequest, InvalidCursor, PermissionDenied for a private list, or
    BackendUnavailable. Three queries, one for each model in the page, and those of
    finding the visitor.
    """
    size = clean_size(request.GET.get("size", PAGE_SIZE))
    found = find_list(request, listing, identifier, object_id)
    page = found.page(size, after=request.GET.get("after"))
    return {
        "count": len(found),
        "items": [resource_payload(*item) for item in page.items],
        "next": page.next,
        "previous": page.previous,
    }


def find_list(
    request: Any, listing: Listing, identifier: str, object_id: str
) -> ResourceList[Any]:
    """A list that the visitor may see, of each `kind` in the query string. One query,
    and those of finding the visitor.

    Raise Http404, BadRequest, PermissionDenied for a private list, or
    BackendUnavailable.
    """
    kinds = find_kinds(request.GET.getlist("kind"))
    resource = find_resource(identifier, object_id)
    check_list(find_viewer(request), resource, listing)
    return VERBS[listing](resource, *kinds)


def check_list(viewer: Any, resource: Any, listing: Listing) -> None:
    can_list = options_of(resource).can_list
    if not all(can_list(viewer, resource, each) for each in DIRECTIONS[listing]):
        raise PermissionDenied(_("This list is private."))


def clean_size(text: str | int, limit: int = MAX_PAGE_SIZE) -> int:
    try:
        size = int(text)
    except ValueError:
        size = 0
    if size < 1:
        raise BadRequest(_("The page size must be a number of at least 1."))
    return min(size, limit)
