"""What JSON says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import ngettext

from sequere.api import get_followers_count, get_followings
from sequere.registration import registry
from sequere.types import Ref
from sequere.web.actions import Change, options_of
from sequere.web.text import plain_text


def follow_payload(change: Change) -> dict[str, Any]:
    """The state after a change, with the names that the package always had. Three
    queries.
    """
    viewer, target, state = change
    identifier = registry.ref(target).identifier
    count = visible_count(viewer, target)
    return {
        "is_following": change.is_following,
        "state": state,
        "followers_count": count,
        "followers_text": None if count is None else followers_text(count),
        "followings_count": len(get_followings(viewer)),
        f"{identifier}_followings_count": len(get_followings(viewer, identifier)),
    }


def resource_payload(instance: Any, since: datetime | None = None) -> dict[str, Any]:
    """An instance in a list; `since` when it is in there."""
    identifier, object_id = registry.ref(instance)
    return {
        "identifier": identifier,
        "object_id": object_id,
        "label": get_label(instance),
        "url": get_url(instance),
        "since": since,
    }


def visible_count(viewer: Any, target: Any, known: int | None = None) -> int | None:
    """How many follow `target`, or None if `viewer` may not see that, or if `target` is
    a Ref, whose instance is gone or hidden. One query, if it is not `known`.
    """
    if isinstance(target, Ref) or not options_of(target).can_list(
        viewer, target, "followers"
    ):
        return None
    return get_followers_count(target) if known is None else known


def followers_text(count: int) -> str:
    return ngettext("%(count)s follower", "%(count)s followers", count) % {
        "count": count
    }


def get_label(instance: Any) -> str:
    """See ModelBase."""
    return plain_text(options_of(instance).get_label(instance))


def get_url(instance: Any) -> str | None:
    """See ModelBase."""
    if isinstance(instance, Ref):
        return None
    return options_of(instance).get_url(instance)
