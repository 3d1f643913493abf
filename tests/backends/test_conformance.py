"""Every backend of the package keeps the one contract."""

from __future__ import annotations

from sequere.testing import BackendConformance


class SimpleTests(BackendConformance):
    backend = {"BACKEND": "sequere.backends.simple.SimpleBackend"}


class SimpleInAnotherDatabaseTests(BackendConformance):
    databases = {"default", "other"}
    backend = {
        "BACKEND": "sequere.backends.simple.SimpleBackend",
        "OPTIONS": {"database": "other"},
    }


class MemoryTests(BackendConformance):
    backend = {"BACKEND": "sequere.backends.memory.MemoryBackend"}
