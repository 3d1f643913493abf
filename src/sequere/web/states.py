"""The state between a visitor and an object, for buttons and for JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sequere.types import Attempt


class State(StrEnum):
    """The state between a visitor and an object. No state says that the object blocks
    the visitor, because a visitor must not see that.
    """

    #: The visitor neither follows nor blocks the object.
    NONE = "none"
    #: The visitor has asked to follow the object, and is waiting for an answer.
    REQUESTED = "requested"
    FOLLOWING = "following"
    #: The visitor blocks the object.
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
    """Return the state from a FollowState, or from an instance that
    with_follow_state() has prepared.
    """
    if known.is_blocked:
        return State.BLOCKED
    if known.is_followed:
        return State.FOLLOWING
    return State.REQUESTED if known.is_requested else State.NONE
