"""MirrorBackend keeps the one contract, whichever side answers the reads."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from sequere.testing import BackendConformance
from sequere.testing.base import ConformanceCase
from sequere.testing.contests import ContestTests
from sequere.testing.deletion import DeletionTests, TransactionTests
from sequere.testing.machine import MachineTests
from sequere.testing.policy import TableTests
from tests.backends.mirror.cases import (
    Keeper,
    aliases,
    mirror,
    shared_servers,
    start,
)
from tests.settings import ENGINE


class Mirrored(ConformanceCase):
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


@pytest.mark.skipif(ENGINE == "mariadb", reason="the shorter suite is run")
class MirrorTests(Mirrored, BackendConformance):
    pass


@pytest.mark.skipif(ENGINE != "mariadb", reason="the whole suite is run")
class MariaDBTests(
    Mirrored, TableTests, ContestTests, DeletionTests, TransactionTests, MachineTests
):
    """Writers meet. Other tests of a third engine repeat those of its SimpleBackend."""
