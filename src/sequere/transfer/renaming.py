from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sequere.backends.base import BaseBackend
from sequere.transfer.records import Record, checked
from sequere.transfer.report import Report
from sequere.transfer.storing import drop, refusals, store
from sequere.types import Edge, Ref


class Move(NamedTuple):
    old: Edge
    new: Edge


class Moved(NamedTuple):
    """The result of some moves: how many edges are at their new place, how many were
    removed because the place was taken, and which moves were refused.
    """

    moved: int
    merged: int
    refused: list[Record]


class Renamer:
    """Replace the refs at the ends of edges, in every relation and state.

    The new edge is stored before the old edge is removed, so that no edge is lost if
    the process is killed. Both happen in one transaction, if the backend has
    transactions. If the new slot is taken, its edge stays, and the old edge is removed.
    An edge whose ends would be the same is removed. No signal is sent.
    """

    def __init__(
        self,
        backend: BaseBackend,
        renamed: Callable[[Ref], Ref],
        report: Report,
        *,
        dry_run: bool,
    ) -> None:
        self.backend = backend
        self.renamed = renamed
        self.report = report
        self.dry_run = dry_run
        self.moved = self.merged = self.loops = 0

    def step(self, edges: Sequence[Edge]) -> None:
        """Rename the ends of `edges`, which are as they are stored."""
        moves, loops = [], []
        for old in edges:
            source, target = self.renamed(old.source), self.renamed(old.target)
            new = old._replace(source=source, target=target)
            if source == target:
                loops.append(old)
            elif new != old and self._is_valid(old, new):
                moves.append(Move(old, new))
        done = Moved(len(moves), 0, [])
        if not self.dry_run:
            done = self.backend.atomically(lambda: self._move(moves))
            drop(self.backend, loops)
        for record in done.refused:
            self.report.add(record, record.error)
        self.moved += done.moved
        self.merged += done.merged
        self.loops += len(loops)

    def _is_valid(self, old: Edge, new: Edge) -> bool:
        record = checked(where(old), "", new)
        if record.error:
            self.report.add(record, record.error)
        return not record.error

    def _move(self, moves: Sequence[Move]) -> Moved:
        """Move edges. The call can be repeated after a deadlock, which rolls it
        back.
        """
        new = {edge[:3] for edge in store(self.backend, [each.new for each in moves])}
        found = refusals(
            self.backend, [each.new for each in moves if each.new[:3] not in new]
        )
        refused = [
            Record(where(each.old), "", None, found[each.new[:3]])
            for each in moves
            if each.new[:3] in found
        ]
        stays = {record.where for record in refused}
        kept = [each for each in moves if where(each.old) not in stays]
        gone = drop(self.backend, [each.old for each in kept])
        # If another process removed the old edge meanwhile, the new edge must go, too.
        right = {each.new[:3] for each in kept if each.old[:3] in gone}
        drop(self.backend, [e.new for e in kept if e.new[:3] in new - right])
        return Moved(len(right & new), len(right - new), refused)


def where(edge: Edge) -> str:
    return f"{edge} ({edge.relation})"
