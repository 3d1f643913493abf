from __future__ import annotations

from typing import Any

from sequere.backends.mirror.marks import MOVED
from sequere.backends.mirror.redis_mirror import STAGES
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
        found, servers = sides.mirror.stages(), sides.mirror.servers()
    except BackendError as exc:
        return f"unavailable: {exc}"
    if found == {None}:
        return "empty"
    stages = {each.name for each in found if each}
    if MOVED in stages:
        return MOVED
    mark = sides.journal.mark()
    is_current = mark.servers == servers and all(
        each and each.is_here and each.generation == mark.generation for each in found
    )
    return min(stages, key=STAGES.index) if is_current else "old"
