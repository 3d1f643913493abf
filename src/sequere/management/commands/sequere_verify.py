from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from sequere.handler import get_backend
from sequere.management.base import Result, SequereCommand
from sequere.types import Problem

#: Problems that are shown without `--verbosity 2`, and that JSON holds.
SHOWN = 20
HELD = 1000


class Command(SequereCommand):
    help = (
        "Looks for what should not be stored, beside the users of a backend. Fails if "
        "there is something, unless it repairs it."
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--repair", action="store_true", help="mend what is wrong")

    def run(self, **options: Any) -> Result:
        repairs = options["repair"]
        backend = get_backend(options["using"])
        figures: dict[str, Any] = {"edges": 0, "problems": 0, "mended": 0, "found": []}
        steps = backend.repair if repairs else backend.verify
        for step in steps(resume=options["resume"]):
            if step.part == "edges":
                figures["edges"] += step.edges
            for problem in step.problems:
                figures["problems"] += 1
                figures["mended"] += repairs and not problem.by_hand
                self.tell(problem, figures, **options)
            self.progress.step(step.edges, place=step.resume)
        return Result(figures, failure_of(figures, repairs=repairs))

    def tell(
        self,
        problem: Problem,
        figures: dict[str, Any],
        *,
        format: str,
        verbosity: int,
        **options: Any,
    ) -> None:
        """At once: the command may be stopped before its end."""
        if figures["problems"] <= HELD:
            figures["found"].append(problem._asdict())
        if format == "text" and (figures["problems"] <= SHOWN or verbosity > 1):
            self.progress.close()
            self.stdout.write(str(problem))

    def lines(self, figures: Mapping[str, Any]) -> Iterator[str]:
        yield (
            f"{figures['edges']} edges looked at, {figures['problems']} problems "
            f"found, {figures['mended']} mended."
        )


def failure_of(figures: Mapping[str, Any], *, repairs: bool) -> str:
    problems, left = figures["problems"], figures["problems"] - figures["mended"]
    if not left:
        return ""
    if not repairs:
        return f"{problems} problems. Mend them with --repair."
    return f"{left} problems are left: mend them by hand, then repair again."
