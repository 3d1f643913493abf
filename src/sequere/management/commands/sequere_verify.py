from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import CommandError

from sequere.handler import get_backend
from sequere.management.base import WRONG_USAGE, Result
from sequere.management.problems import FindingCommand, problem_of
from sequere.verifying.comparing import compare


class Command(FindingCommand):
    help = (
        "Looks for problems in a backend, or compares two backends, while the site is "
        "in use. Fails if there is a problem, unless it repairs the problem."
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--repair", action="store_true", help="repair the problems")
        parser.add_argument(
            "--against", metavar="ALIAS", help="compare all edges with this backend"
        )

    def run(self, *args: Any, **options: Any) -> Result:
        if options["against"] is None:
            return self.verify(**options)
        if options["repair"]:
            raise CommandError(
                "--repair cannot tell which of two backends is right. Make one a copy "
                "of the other: sequere_copy FROM TO --replace",
                returncode=WRONG_USAGE,
            )
        return self.compare(**options)

    def verify(self, *, using: str, repair: bool, **options: Any) -> Result:
        backend, edges, by_hand = get_backend(using), 0, 0
        for step in (backend.repair if repair else backend.verify)(
            resume=options["resume"]
        ):
            if step.part == "edges":
                edges += step.edges
            by_hand += sum(problem.by_hand for problem in step.problems)
            self.tell(step.problems, **options)
            self.progress.step(step.edges, place=step.resume)
        figures = {
            "edges": edges,
            "problems": self.told,
            "mended": self.told - by_hand if repair else 0,
            "found": self.held,
        }
        return Result(figures, failure_of(self.told, by_hand, repairs=repair))

    def compare(self, *, using: str, against: str, **options: Any) -> Result:
        one, other = get_backend(using).pinned(), get_backend(against).pinned()
        for step in compare(one, other, resume=options["resume"]):
            aliases = using, against
            found = step.differences.items()
            self.tell((problem_of(*item, aliases) for item in found), **options)
            self.progress.step(step.edges, place=step.resume)
        figures = {"differences": self.told, "found": self.held}
        many = f"{self.told} differences. Make one backend a copy of the other: "
        failure = f"{many}sequere_copy FROM TO --replace" if self.told else ""
        return Result(figures, failure)

    def lines(self, figures: Mapping[str, Any]) -> Iterator[str]:
        if "differences" in figures:
            yield f"{figures['differences']} differences found."
            return
        yield (
            f"{figures['edges']} edges looked at, {figures['problems']} problems "
            f"found, {figures['mended']} mended."
        )


def failure_of(problems: int, by_hand: int, *, repairs: bool) -> str:
    if problems and not repairs:
        return f"{problems} problems. Mend them with --repair."
    if by_hand:
        return f"{by_hand} problems are left: mend them by hand, then repair again."
    return ""
