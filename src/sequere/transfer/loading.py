from __future__ import annotations

from collections.abc import Callable, Iterable

from sequere.backends.base import BaseBackend
from sequere.batching import batched
from sequere.registration import registry
from sequere.transfer.records import Record
from sequere.transfer.report import Report
from sequere.transfer.storing import refusals, store
from sequere.types import Edge

BATCH_SIZE = 5000
#: The number of identifiers without a model that the result names.
NAMED = 20


class Loader:
    """Stores records, batch by batch. Memory holds one batch at a time."""

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
        """Store `records`, and call `step` with the size and place of each stored
        batch.
        """
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
        refused = self._refuse(old)
        # A row that is in the file twice is new only once.
        self.known += len(edges) - len(new) - refused

    def _refuse(self, records: list[Record]) -> int:
        """Report the records whose edges are not in the store. Return their number."""
        found = refusals(self.backend, [each.edge for each in records if each.edge])
        refused = [each for each in records if each.edge and each.edge[:3] in found]
        for record in refused:
            assert record.edge
            self.report.add(record, found[record.edge[:3]])
        return len(refused)

    def _note_identifiers(self, edges: Iterable[Edge]) -> None:
        for edge in edges:
            for identifier in (edge.source.identifier, edge.target.identifier):
                if len(self.unregistered) < NAMED and not registry.find(identifier):
                    self.unregistered.add(identifier)
