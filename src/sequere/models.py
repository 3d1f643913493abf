"""The models of the tables, and the verbs under the path that the README documents."""

from __future__ import annotations

from sequere import api
from sequere.api import *  # noqa: F403
from sequere.backends.simple.models import CountRow, EdgeRow

__all__ = ["CountRow", "EdgeRow"]
__all__ += api.__all__
