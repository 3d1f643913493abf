"""The data of JSON responses."""

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
    """Return the state after a change, with the names of 2013 among its keys. This
    costs three queries.
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
    """Return the data of an instance in a list. `since` is the time of its edge."""
    identifier, object_id = registry.ref(instance)
    return {
        "identifier": identifier,
        "object_id": object_id,
        "label": get_label(instance),
        "url": get_url(instance),
        "since": since,
    }


def visible_count(viewer: Any, target: Any, known: int | None = None) -> int | None:
    """Return the number of followers of `target`, or None if `viewer` may not see it. A
    Ref stands for an instance that is gone or hidden: its count is None. One query, or
    none if the number is `known`.
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
    """See ModelBase.get_label()."""
    return plain_text(options_of(instance).get_label(instance))


def get_url(instance: Any) -> str | None:
    """See ModelBase.get_url()."""
    if isinstance(instance, Ref):
        return None
    return options_of(instance).get_url(instance)
