"""Every backend of the package passes the conformance suite."""

from __future__ import annotations

from collections import Counter

from sequere.testing import BackendConformance
from sequere.testing.annotations import AnnotationTests
from sequere.testing.deletion import DeletionTests
from sequere.testing.querysets import QuerysetTests
from tests.settings import ENGINE


class SimpleTests(BackendConformance):
    backend = {"BACKEND": "sequere.backends.simple.SimpleBackend"}


class SimpleInAnotherDatabaseTests(BackendConformance):
    databases = {"default", "other"}
    backend = {
        "BACKEND": "sequere.backends.simple.SimpleBackend",
        "OPTIONS": {"database": "other"},
    }


class RowTests(QuerysetTests, AnnotationTests, DeletionTests):
    """The queries that a backend makes in the database of the rows, if its edges are
    elsewhere.
    """


class MemoryTests(BackendConformance if ENGINE == "sqlite" else RowTests):  # type: ignore[misc]
    backend = {"BACKEND": "sequere.backends.memory.MemoryBackend"}


def test_every_test_of_the_suite_runs() -> None:
    """A test would hide a test of the same name in another class of the suite."""
    names = Counter(
        name
        for case in BackendConformance.__mro__
        for name in vars(case)
        if name.startswith("test")
    )
    assert [name for name, count in names.items() if count > 1] == []
