"""The lists that visitors see, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from django.core.exceptions import BadRequest, PermissionDenied
from django.utils.translation import gettext as _

from sequere import api
from sequere.lists import ResourceList
from sequere.registration import registry
from sequere.types import Direction, Ref
from sequere.web.actions import options_of
from sequere.web.payloads import resource_payload
from sequere.web.targets import find_kinds, find_ref, find_resource
from sequere.web.viewers import find_viewer

Listing: TypeAlias = Literal[
    "followers", "followings", "friends", "requests", "requested", "blocked", "muted"
]

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

VERBS: dict[Listing, Callable[..., ResourceList[Any]]] = {
    "followers": api.get_followers,
    "followings": api.get_followings,
    "friends": api.get_friends,
    "requests": api.get_follow_requests,
    "requested": api.get_requested,
    "blocked": api.get_blocked,
    "muted": api.get_muted,
}
# A friend is in both lists, so a list of friends needs permission for both. Lists that
# are not named here are shown to their owner only.
DIRECTIONS: dict[Listing, tuple[Direction, ...]] = {
    "followers": ("followers",),
    "followings": ("followings",),
    "friends": ("followers", "followings"),
}


def list_payload(
    request: Any, listing: Listing, identifier: str, object_id: str
) -> dict[str, Any]:
    """Return a page of a list as JSON data. The query string chooses the page by
    `after`, `size` and `kind`.

    Raise Http404, BadRequest, InvalidCursor, PermissionDenied for a private list, or
    BackendUnavailable. The page costs four queries and one for each model in it.
    Finding the visitor may cost more.
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
    """Return the list, limited to each `kind` in the query string, and without
    resources that the visitor may not see. This costs two queries, or none if the list
    is the visitor's own. Finding the visitor may cost more.

    Raise Http404, BadRequest, PermissionDenied for a private list, or
    BackendUnavailable.
    """
    kinds = find_kinds(request.GET.getlist("kind"))
    viewer = find_viewer(request)
    owner = find_owner(viewer, listing, find_ref(identifier, object_id))
    return VERBS[listing](owner, *kinds).visible_to(viewer)


def find_owner(viewer: Any, listing: Listing, ref: Ref) -> Any:
    """Return the owner of the list, if the visitor may see the list."""
    is_open = listing in DIRECTIONS
    if not is_open and viewer is not None and registry.ref(viewer) == ref:
        return viewer
    owner = find_resource(viewer, *ref)
    if not (is_open and can_list(viewer, owner, listing)):
        raise PermissionDenied(_("This list is private."))
    return owner


def can_list(viewer: Any, owner: Any, listing: Listing) -> bool:
    may_see = options_of(owner).can_list
    return all(may_see(viewer, owner, each) for each in DIRECTIONS[listing])


def clean_size(text: str | int, limit: int = MAX_PAGE_SIZE) -> int:
    try:
        size = int(text)
    except ValueError:
        size = 0
    if size < 1:
        raise BadRequest(_("The page size must be a number of at least 1."))
    return min(size, limit)
