"""What the template of a follow button is told."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.urls import reverse

from sequere import api
from sequere.registration import invalid_resource, registry
from sequere.viewers import viewer_ref
from sequere.web.actions import is_same, options_of
from sequere.web.payloads import followers_text, get_label, visible_count
from sequere.web.returning import login_page

TEMPLATE = "sequere/follow_button.html"


def button_context(viewer: Any, target: Any, next_url: str) -> dict[str, Any]:
    """The variables of the template. `viewer` is None, or anonymous, for nobody.

    No query for a target that with_follow_state() was given; otherwise one for the
    state and one for the count.
    """
    if not isinstance(target, Model):
        raise invalid_resource(target)
    known = vars(target)
    viewer = None if viewer_ref(viewer) is None else viewer
    if viewer is not None and is_same(viewer, target):
        return {"is_shown": False}
    is_following = viewer is not None and bool(
        known["is_followed"]
        if "is_followed" in known
        else api.is_following(viewer, target)
    )
    if viewer is not None and not (is_following or may_follow(viewer, target)):
        return {"is_shown": False}
    ref = registry.ref(target)
    count = visible_count(viewer, target, known.get("followers_count"))
    return {
        "is_shown": True,
        "object": target,
        "ref": str(ref),
        "label": get_label(target),
        "url": reverse("sequere:follow", args=ref),
        "next": next_url,
        "login_url": login_page(next_url) if viewer is None else None,
        "is_following": is_following,
        "followers_count": count,
        "followers_text": None if count is None else followers_text(count),
    }


def may_follow(viewer: Any, target: Any) -> bool:
    try:
        return options_of(target).can_follow(viewer, target)
    except PermissionDenied:
        return False
