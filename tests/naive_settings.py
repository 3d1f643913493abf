"""A project without time zones, in a place whose clocks change."""

from __future__ import annotations

from tests.settings import *  # noqa: F403

USE_TZ = False
TIME_ZONE = "Europe/Paris"
