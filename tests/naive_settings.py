"""Settings without time zones, for a place with daylight saving time."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

USE_TZ = False
TIME_ZONE = "Europe/Paris"
