"""Test tools: assertions and factories for your app, and the suite for backends.

Assertions and factories need no entry in INSTALLED_APPS:

    from sequere.testing import FollowAssertions, make_followers

Every backend has to pass the conformance suite. The suite has its own models, so
`"sequere.testing"` must be in INSTALLED_APPS of the project that runs it:

    from sequere.testing import BackendConformance

    class MyBackendTests(BackendConformance):
        backend = {"BACKEND": "mypackage.MyBackend", "OPTIONS": {}}
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sequere.testing.assertions import FollowAssertions
    from sequere.testing.conformance import BackendConformance
    from sequere.testing.factories import make_followers, make_followings, make_users

__all__ = [
    "BackendConformance",
    "FollowAssertions",
    "make_followers",
    "make_followings",
    "make_users",
]

# Names are imported lazily: Django imports an app's package before its models.
HOMES = {
    "BackendConformance": "conformance",
    "FollowAssertions": "assertions",
    "make_followers": "factories",
    "make_followings": "factories",
    "make_users": "factories",
}


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
