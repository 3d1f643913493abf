from __future__ import annotations

import tempfile
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.test import override_settings

from sequere.handler import get_backend
from sequere.questions import Add
from sequere.testing.scanning import EveryEdge
from sequere.types import Edge

MEMORY = {"BACKEND": "sequere.backends.memory.MemoryBackend"}


class TransferTests(EveryEdge):
    """Every edge leaves the store in a file, and comes back from it."""

    def run_command(self, *arguments: str) -> str:
        stdout = StringIO()
        call_command(*arguments, stdout=stdout, stderr=StringIO())
        return stdout.getvalue()

    def test_the_round_trip_by_a_file_is_exact(self) -> None:
        edges = self.edges()
        both = {"default": self.backend, "elsewhere": MEMORY}
        for name in ("edges.csv", "edges.jsonl.gz"):
            with (
                self.subTest(name),
                override_settings(SEQUERE_BACKENDS=both),
                tempfile.TemporaryDirectory() as folder,
            ):
                path = str(Path(folder) / name)
                self.addCleanup(get_backend("elsewhere").clear)
                self.store.ask(Add([*edges]))
                self.run_command("sequere_export", path)
                self.run_command("sequere_import", path, "--using=elsewhere")
                self.assertEqual(stored("elsewhere"), edges)
                self.store.clear()
                self.run_command("sequere_export", path, "--using=elsewhere")
                # Twice: a second run changes nothing.
                self.run_command("sequere_import", path)
                self.run_command("sequere_import", path)
                self.assertEqual(stored("default"), edges)
                self.assert_true_counts()
                self.store.clear()


def stored(using: str) -> set[Edge]:
    return {edge for edges in get_backend(using).scan() for edge in edges}
