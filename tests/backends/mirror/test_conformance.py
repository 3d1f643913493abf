"""MirrorBackend keeps the one contract, whichever side answers the reads."""

from __future__ import annotations

from typing import Any, ClassVar

from sequere.testing import BackendConformance
from tests.backends.mirror.cases import (
    Keeper,
    aliases,
    mirror,
    needs_intents,
    shared_servers,
    start,
)
from tests.settings import ENGINE


@needs_intents
class MirrorTests(BackendConformance):
    """The sides that answer reads are tried in turn, one on each engine."""

    reads: ClassVar[str] = "primary" if ENGINE == "postgresql" else "mirror"
    backend: ClassVar[dict[str, Any]] = {}

    @classmethod
    def setUpClass(cls) -> None:
        if cls.__test__:
            entries = aliases(*shared_servers(), reads=cls.reads)
            cls.backend = entries.pop("default")
            cls.others = entries
        super().setUpClass()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(mirror().sides.journal.stop)
        start(mirror().sides)
        keeper = Keeper()
        keeper.__enter__()
        self.addCleanup(keeper.__exit__)
