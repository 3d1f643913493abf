from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sequere.conf import DEFAULT_ALIAS
from sequere.exceptions import SequereError
from sequere.handler import get_backend

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Compares both sides of all edges of a backend, beside its users. "
        "Fails if they differ, unless it repairs them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--using", default=DEFAULT_ALIAS, help="the alias of the backend"
        )
        parser.add_argument("--repair", action="store_true", help="mend what differs")
        parser.add_argument(
            "--pause", type=float, default=0, help="seconds to rest after each step"
        )
        parser.add_argument("--resume", help="go on where an earlier run was stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            problems, by_hand = self._run(**options)
        except SequereError as exc:
            raise CommandError(str(exc)) from exc
        if problems and not options["repair"]:
            raise CommandError(f"{problems} problems. Mend them with --repair.")
        if by_hand:
            raise CommandError(
                f"{by_hand} problems are left: mend them by hand, then repair again."
            )

    def _run(
        self,
        *,
        using: str,
        repair: bool,
        pause: float,
        resume: str | None,
        verbosity: int,
        **options: Any,
    ) -> tuple[int, int]:
        """How many problems there were, and how many of these repair() left."""
        backend = get_backend(using)
        edges = problems = by_hand = 0
        for step in (backend.repair if repair else backend.verify)(resume=resume):
            edges += step.edges
            for problem in step.problems:
                problems += 1
                by_hand += problem.by_hand
                if problems <= SHOWN or verbosity > 1:
                    self.stdout.write(str(problem))
            if step.resume and verbosity:
                # Each edge is met from both of its ends.
                self.stderr.write(f"{edges // 2} edges, --resume {step.resume}")
            if step.resume:
                time.sleep(pause)
        mended = f"{problems - by_hand} problems mended"
        result = mended if repair else f"{problems} problems found"
        self.stdout.write(f"{edges // 2} edges compared, {result}.")
        return problems, by_hand
