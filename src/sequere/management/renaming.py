"""The shared parts of the commands that rename."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import closing
from typing import Any

from sequere.handler import get_backend
from sequere.management.base import Result, SequereCommand, scan_steps
from sequere.transfer.renaming import Renamer
from sequere.transfer.report import Report
from sequere.types import Ref

BATCH_SIZE = 1000


class RenamingCommand(SequereCommand):
    writes = resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--report", metavar="FILE", help="write all refused edges to this file"
        )

    def rename(
        self,
        renamed: Callable[[Ref], Ref],
        *,
        using: str,
        dry_run: bool,
        resume: str | None,
        report: str | None,
        **options: Any,
    ) -> Result:
        backend = get_backend(using)
        refusals = Report(report, self.stderr, goes_on=bool(resume), strict=False)
        renamer = Renamer(backend, renamed, refusals, dry_run=dry_run)
        with closing(refusals):
            for edges, place in scan_steps(backend, resume, limit=BATCH_SIZE):
                renamer.step(edges)
                self.progress.step(len(edges), place=place)
        figures = {
            "edges_read": self.progress.done,
            "renamed": renamer.moved,
            "already_there": renamer.merged,
            "removed_loops": renamer.loops,
            "refused": refusals.refused,
        }
        failure = ""
        if refusals.refused:
            failure = f"{refusals.refused} edges were refused, and keep their names."
        return Result(figures, failure)
