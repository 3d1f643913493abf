from __future__ import annotations

from typing import Any

from sequere.backends.mirror.marks import MOVED, Mark
from sequere.backends.mirror.settling import Sides
from sequere.exceptions import BackendError


def status_of(sides: Sides) -> dict[str, Any]:
    """Return the role of the primary, the state of the mirror, and the intents that are
    left, with the age of the oldest in seconds.
    """
    role = sides.journal.role()
    if role is None:
        return {"role": None, "mirror": None, "intents": 0, "oldest": 0.0}
    left = sides.journal.left()
    return {
        "role": role,
        "mirror": stage_of(sides),
        "intents": left.intents,
        "oldest": round(left.age, 1),
    }


def stage_of(sides: Sides) -> str:
    """Return the stage of the mirror, or the reason why it must be rebuilt."""
    try:
        found, server = sides.mirror.stage(), sides.mirror.server()
    except BackendError as exc:
        return f"unavailable: {exc}"
    if not found:
        return "empty"
    if found["stage"] == MOVED:
        return MOVED
    mark = Mark(int(found["generation"]), found["server"])
    if mark != sides.journal.mark() or mark.server != server:
        return "old"
    return found["stage"]
