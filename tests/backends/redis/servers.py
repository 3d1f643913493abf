"""The servers of the test run; see tests.engines."""

from __future__ import annotations

import os
from typing import Any

import pytest

URLS = os.environ.get("SEQUERE_TEST_URLS", "").split(",")
IS_CLUSTER = os.environ.get("SEQUERE_TEST_ENGINE") == "cluster"
PATIENCE = 60
BACKEND = "sequere.backends.redis.RedisBackend"

needs_server = pytest.mark.skipif(
    URLS == [""], reason="no Redis: run `python -m tests.engines run redis -- pytest`"
)


def options(**changed: Any) -> dict[str, Any]:
    """Return OPTIONS with long timeouts, because a busy machine is not a failure."""
    found = {"location": URLS, "cluster": IS_CLUSTER, "prefix": "tests"}
    return found | {"timeout": PATIENCE, "queue_timeout": PATIENCE} | changed


def backend(path: str = BACKEND, **changed: Any) -> dict[str, Any]:
    """Return an entry of SEQUERE_BACKENDS for the servers."""
    return {"BACKEND": path, "OPTIONS": options(**changed)}
