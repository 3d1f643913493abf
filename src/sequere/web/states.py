"""How a visitor stands to an object: what a button shows, and JSON says."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sequere.types import Attempt


class State(StrEnum):
    """How a visitor stands to an object. Whether the object blocks the visitor is not
    among the states, because a visitor must not see it.
    """

    #: The visitor neither follows nor blocks it.
    NONE = "none"
    #: The visitor has asked to follow it, and has no answer yet.
    REQUESTED = "requested"
    FOLLOWING = "following"
    #: The visitor blocks it.
    BLOCKED = "blocked"


#: The state after an attempt that was not refused.
AFTER = {
    Attempt.NEW: State.FOLLOWING,
    Attempt.SAME: State.FOLLOWING,
    Attempt.REQUESTED: State.REQUESTED,
    Attempt.PENDING: State.REQUESTED,
    Attempt.ARCHIVED: State.NONE,
}


def state_of(known: Any) -> State:
    """The state, by a FollowState or an instance that with_follow_state() was given."""
    if known.is_blocked:
        return State.BLOCKED
    if known.is_followed:
        return State.FOLLOWING
    return State.REQUESTED if known.is_requested else State.NONE
