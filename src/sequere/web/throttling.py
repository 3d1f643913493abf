"""The check of ModelBase.throttle(), which limits how often a visitor may follow."""

from __future__ import annotations

import logging
from math import isnan
from typing import Any, TypeGuard

from sequere.base import ModelBase
from sequere.exceptions import Throttled

logger = logging.getLogger("sequere.web")

#: The seconds to wait if throttle() returns a value that is not a number.
UNCLEAR = 60


def check_throttle(request: Any, options: ModelBase, target: Any) -> None:
    """Raise Throttled if ModelBase.throttle() returns a time to wait.

    A return value that is not a number of seconds is a bug of the project. The bug is
    logged, and the visitor has to wait.
    """
    seconds: object = options.throttle(request, target)
    if seconds is None:
        return
    if not is_number(seconds):
        logger.error(
            "%s.throttle() returned %s, so the follow was refused. Return a number of "
            "seconds, or None.",
            type(options).__name__,
            # Another value may be anything, such as the name of the visitor.
            "nan" if isinstance(seconds, float) else f"a {type(seconds).__name__}",
        )
        raise Throttled(UNCLEAR)
    if seconds > 0:
        raise Throttled(seconds)


def is_number(value: object) -> TypeGuard[float]:
    # isnan() fails for an integer that no float can hold.
    return isinstance(value, int) or (isinstance(value, float) and not isnan(value))
