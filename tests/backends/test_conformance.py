"""Every backend of the package passes the conformance suite."""

from __future__ import annotations

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
