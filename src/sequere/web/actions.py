"""A visitor follows, or no longer does."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from sequere import api
from sequere.base import ModelBase
from sequere.exceptions import SelfFollow
from sequere.registration import registry
from sequere.types import Ref
from sequere.web.targets import find_ref, find_resource
from sequere.web.throttling import check_throttle
from sequere.web.viewers import require_viewer


class Change(NamedTuple):
    """What is so now: does `viewer` follow `target`?

    `target` is a Ref if the visitor unfollowed an object that is gone or hidden.
    """

    viewer: Any
    target: Any
    is_following: bool


def change_follow(
    request: Any, identifier: str, object_id: str, *, follow: bool
) -> Change:
    """Let the visitor follow, or no longer follow, one object. To ask for what is so
    already is no error. Two queries, and those of finding the visitor.

    Raise LoginRequired, PermissionDenied, Http404, BadRequest, SelfFollow, Throttled or
    BackendUnavailable. An unfollow is never forbidden and never throttled, and reaches
    an object that was hidden after it was followed.
    """
    viewer = require_viewer(request)
    if not follow:
        return unfollow(viewer, find_ref(identifier, object_id))
    target = find_resource(identifier, object_id)
    check_follow(request, viewer, target)
    api.follow(viewer, target)
    return Change(viewer, target, True)


def unfollow(viewer: Any, ref: Ref) -> Change:
    """Raise Http404 for an object that is gone or hidden, unless it was followed: then
    the visitor learns no more than that the follow is gone.
    """
    was_following = api.unfollow(viewer, ref)
    try:
        return Change(viewer, find_resource(*ref), False)
    except Http404:
        if not was_following:
            raise
        return Change(viewer, ref, False)


def check_follow(request: Any, viewer: Any, target: Any) -> None:
    if is_same(viewer, target):
        raise SelfFollow(f"{registry.ref(viewer)} cannot follow itself.")
    options = options_of(target)
    if not options.can_follow(viewer, target):
        raise PermissionDenied(_("You are not allowed to follow this."))
    check_throttle(request, options, target)


def is_same(one: Any, other: Any) -> bool:
    return registry.ref(one) == registry.ref(other)


def options_of(instance: Any) -> ModelBase:
    return registry.get_for_model(instance.__class__).options
