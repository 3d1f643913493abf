"""A graph of their own for a site's tests, as Django gives them databases.

While a test environment is set up, by Django's runner or by pytest-django, each prefix
begins with `test_`, and ends with the number of the parallel worker, if there are
several. What is below such a prefix is removed when a test first uses it.
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
    """Whether setup_test_environment() was called."""
    # A site that runs no tests does not import this.
    utils: Any = sys.modules.get("django.test.utils")
    return utils is not None and hasattr(utils._TestState, "saved_data")


def prefix_in_tests(prefix: str) -> str:
    """`prefix` as Django would name a test database."""
    return f"test_{prefix}_{found}" if (found := worker()) else f"test_{prefix}"


def worker() -> str:
    """The parallel process of pytest-xdist or of Django's runner, if it is one."""
    runner: Any = sys.modules.get("django.test.runner")
    number = getattr(runner, "_worker_id", 0)
    return os.environ.get("PYTEST_XDIST_WORKER") or str(number or "")


lock = Lock()
# What this test has used: nothing is left there of earlier tests.
used: set[Hashable] = set()


def empty_once(places: set[Hashable], clear: Callable[[], None]) -> None:
    """Call `clear` unless this test has used any of `places`, which are one place."""
    watch_tests()
    with lock:
        if not used & places:
            try:
                clear()
            except BackendError:
                # The call itself will meet it, and may be meant to.
                return
        used.update(places)


@cache
def watch_tests() -> None:
    """Have `used` emptied when a class of tests begins, and when a test does."""
    from django.test import SimpleTestCase

    forget_before(SimpleTestCase, "setUpClass")
    # What pytest-django calls, too, around functions.
    forget_before(SimpleTestCase, "_pre_setup")


def forget_before(case: Any, name: str) -> None:
    original = getattr(case, name).__func__

    @wraps(original)
    def forgetful(cls: Any) -> None:
        used.clear()
        original(cls)

    setattr(case, name, classmethod(forgetful))
