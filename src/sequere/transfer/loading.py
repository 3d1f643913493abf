from __future__ import annotations

from collections.abc import Callable, Iterable

from sequere.backends.base import BaseBackend
from sequere.batching import batched
from sequere.registration import registry
from sequere.transfer.records import Record
from sequere.transfer.report import Report
from sequere.transfer.storing import store, without_row
from sequere.types import Edge

BATCH_SIZE = 5000
#: Identifiers without a model that are named in the result.
NAMED = 20


class Loader:
    """Stores records, batch by batch. Memory has room for one batch."""

    def __init__(
        self, backend: BaseBackend, report: Report, *, dry_run: bool, announced: bool
    ) -> None:
        self.backend = backend
        self.report = report
        self.dry_run = dry_run
        self.announced = announced
        self.rows = self.new = self.known = 0
        self.unregistered: set[str] = set()

    def load(self, records: Iterable[Record], step: Callable[[int, str], None]) -> None:
        """Call `step` with the size and the place of each batch that is stored."""
        for batch in batched(records, BATCH_SIZE):
            self._load(batch)
            step(len(batch), batch[-1].place)

    def _load(self, batch: list[Record]) -> None:
        self.rows += len(batch)
        for record in batch:
            if record.edge is None:
                self.report.add(record, record.error)
        edges = [record.edge for record in batch if record.edge]
        self._note_identifiers(edges)
        if self.dry_run:
            return
        stored = store(self.backend, edges, announced=self.announced)
        new = {edge[:3] for edge in stored}
        self.new += len(new)
        old = [each for each in batch if each.edge and each.edge[:3] not in new]
        # Also a row that is there twice is new once.
        self.known += len(edges) - len(new) - self._refuse_without_row(old)

    def _refuse_without_row(self, records: list[Record]) -> int:
        """Report those that were not stored for an end without a row."""
        if not records or not self.backend.supports_integrity:
            return 0
        missing = without_row(record.edge for record in records if record.edge)
        refused = 0
        for record in records:
            ends = record.edge[1:3] if record.edge else ()
            if errors := [missing[ref] for ref in ends if ref in missing]:
                self.report.add(record, " ".join(errors))
                refused += 1
        return refused

    def _note_identifiers(self, edges: Iterable[Edge]) -> None:
        for edge in edges:
            for identifier in (edge.source.identifier, edge.target.identifier):
                if len(self.unregistered) < NAMED and not registry.find(identifier):
                    self.unregistered.add(identifier)
