"""The proof that a backend keeps the contract. For test suites, not for sites.

Add "sequere.testing" to the INSTALLED_APPS of the tests, and subclass:

    class MyBackendTests(BackendConformance):
        backend = {"BACKEND": "mypackage.MyBackend", "OPTIONS": {}}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sequere.testing.conformance import BackendConformance

__all__ = ["BackendConformance"]


def __getattr__(name: str) -> Any:
    # An app's package is imported before its models can be.
    if name == "BackendConformance":
        from sequere.testing.conformance import BackendConformance

        return BackendConformance
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
