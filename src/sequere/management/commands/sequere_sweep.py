from __future__ import annotations

from typing import Any

from sequere.handler import get_backend
from sequere.management.base import Result, SequereCommand, scan_steps
from sequere.relations.sweeping import ended, sweep

BATCH_SIZE = 5000


class Command(SequereCommand):
    help = (
        "Removes expired edges, such as mutes whose `until` has passed. No read shows "
        "them, but they take space. The command reads every edge."
    )
    writes = resumes = True

    def run(
        self, *, using: str, dry_run: bool, resume: str | None, **options: Any
    ) -> Result:
        backend, swept = get_backend(using), 0
        for edges, place in scan_steps(backend, resume, limit=BATCH_SIZE):
            ends = ended(edges)
            swept += len(ends) if dry_run else sweep(backend, ends)
            self.progress.step(len(edges), place=place)
        return Result({"edges": self.progress.done, "ended": swept})
