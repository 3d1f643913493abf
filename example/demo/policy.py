"""What the visitor does about another account, or about one who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from django.core.exceptions import BadRequest

from demo.models import Thing
from sequere.models import (
    accept,
    block,
    mute,
    reject,
    remove_follower,
    unblock,
    unmute,
)

VERBS: dict[str, Callable[[Thing, Thing], bool]] = {
    "accept": accept,
    "block": block,
    "mute": mute,
    "reject": reject,
    "remove_follower": remove_follower,
    "unblock": unblock,
    "unmute": unmute,
}


def change(me: Thing, other: Thing, form: Mapping[str, str]) -> None:
    verb = VERBS.get(form.get("action", ""))
    if verb is None or me == other:
        raise BadRequest
    if verb is mute and form.get("days") == "1":
        mute(me, other, until=datetime.now(UTC) + timedelta(days=1))
    else:
        verb(me, other)
