"""The variables of the template of a follow button."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.urls import reverse

from sequere import api
from sequere.registration import Audience, invalid_resource, registry
from sequere.viewers import viewer_ref
from sequere.web.actions import is_same, options_of
from sequere.web.payloads import followers_text, get_label, visible_count
from sequere.web.returning import login_page
from sequere.web.states import State, state_of

TEMPLATE = "sequere/follow_button.html"
#: The attributes that with_follow_state() sets, and that make up a State.
KNOWN = ("is_followed", "is_requested", "is_blocked")


def button_context(viewer: Any, target: Any, next_url: str) -> dict[str, Any]:
    """Return the variables of the template. `viewer` is None or an anonymous user if
    the visitor is not logged in.

    If with_follow_state() has prepared `target`, the button costs no query. Otherwise
    it costs one query for the state and one for the count, and one more if ModelBase
    has visible_to().
    """
    if not isinstance(target, Model):
        raise invalid_resource(target)
    viewer = None if viewer_ref(viewer) is None else viewer
    state = find_state(viewer, target)
    if state is None:
        return {"is_shown": False}
    ref, options = registry.ref(target), options_of(target)
    count = visible_count(viewer, target, vars(target).get("followers_count"))
    return {
        "is_shown": True,
        "object": target,
        "ref": str(ref),
        "label": get_label(target),
        "url": reverse("sequere:follow", args=ref),
        "next": next_url,
        "login_url": login_page(next_url) if viewer is None else None,
        "state": state,
        "is_following": state is State.FOLLOWING,
        "may_ask": options.approval is not None,
        "followers_count": count,
        "followers_text": None if count is None else followers_text(count),
    }


def find_state(viewer: Any, target: Model) -> State | None:
    """Return the state, or None if the viewer may do nothing with `target`."""
    ref = registry.ref(target)
    if viewer is not None and is_same(viewer, target):
        return None
    # Objects from with_follow_state() are on a page already, and so they are visible.
    is_known = all(name in vars(target) for name in KNOWN)
    if not (is_known or ref in registry.visible([ref], Audience(viewer))):
        return None
    if viewer is None:
        return State.NONE
    state = state_of(target if is_known else api.follow_states(viewer, [ref])[ref])
    return None if state is State.NONE and not may_follow(viewer, target) else state


def may_follow(viewer: Any, target: Any) -> bool:
    try:
        return options_of(target).can_follow(viewer, target)
    except PermissionDenied:
        return False
