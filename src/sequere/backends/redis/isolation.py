"""A site's tests get a graph of their own, as Django gives tests their databases.

While a test environment is set up, by Django's runner or by pytest-django, each prefix
begins with `test_`, and ends with the number of the parallel worker, if there are
several workers. All keys below such a prefix are removed when a test first uses it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable
from functools import cache, wraps
from threading import Lock
from typing import Any

from sequere.exceptions import BackendError


def in_tests() -> bool:
    """Return whether setup_test_environment() was called."""
    # A site that runs no tests does not import django.test.
    utils: Any = sys.modules.get("django.test.utils")
    return utils is not None and hasattr(utils._TestState, "saved_data")


def prefix_in_tests(prefix: str) -> str:
    """Return `prefix` as Django would name a test database."""
    return f"test_{prefix}_{found}" if (found := worker()) else f"test_{prefix}"


def worker() -> str:
    """Return the name of the parallel process of pytest-xdist or Django, or ''."""
    runner: Any = sys.modules.get("django.test.runner")
    number = getattr(runner, "_worker_id", 0)
    return os.environ.get("PYTEST_XDIST_WORKER") or str(number or "")


lock = Lock()
# The places that this test has used: nothing of earlier tests is left there.
used: set[Hashable] = set()


def empty_once(places: set[Hashable], clear: Callable[[], None]) -> None:
    """Call `clear` unless this test has used any of `places`, which are one place."""
    watch_tests()
    with lock:
        if not used & places:
            try:
                clear()
            except BackendError:
                # The test's own call will meet the error, and may be meant to.
                return
        used.update(places)


@cache
def watch_tests() -> None:
    """Empty `used` whenever a test class or a test begins."""
    from django.test import SimpleTestCase

    forget_before(SimpleTestCase, "setUpClass")
    # pytest-django calls this method, too, around test functions.
    forget_before(SimpleTestCase, "_pre_setup")


def forget_before(case: Any, name: str) -> None:
    original = getattr(case, name).__func__

    @wraps(original)
    def forgetful(cls: Any) -> None:
        used.clear()
        original(cls)

    setattr(case, name, classmethod(forgetful))
