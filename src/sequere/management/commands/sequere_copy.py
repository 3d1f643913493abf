from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import CommandError

from sequere.backends.base import BaseBackend
from sequere.handler import get_backend
from sequere.management.base import WRONG_USAGE, Result
from sequere.management.problems import FindingCommand, problem_of
from sequere.verifying.comparing import compare
from sequere.verifying.copying import COPY, copy


class Command(FindingCommand):
    help = (
        "Copies all edges of one backend to another, exactly, while the site is in "
        "use. At the end the command compares both, and corrects the differences."
    )
    chooses = False
    writes = resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("from", metavar="FROM", help="the alias of a backend")
        parser.add_argument("to", metavar="TO", help="the alias of the copy")
        super().add_arguments(parser)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="remove the edges of TO that FROM does not have",
        )

    def run(self, *args: Any, **options: Any) -> Result:
        aliases = options["from"], options["to"]
        if aliases[0] == aliases[1]:
            raise wrong(f"{aliases[0]!r} cannot be a copy of itself. Give two aliases.")
        source, target = (get_backend(alias).pinned() for alias in aliases)
        if options["dry_run"]:
            return self.compare(source, target, **options)
        if not (options["replace"] or options["resume"] or is_empty(target)):
            raise wrong(
                f"{aliases[1]!r} has edges. The copy would remove edges that "
                f"{aliases[0]!r} does not have. Allow that with --replace."
            )
        return self.copy(source, target, **options)

    def compare(
        self, source: BaseBackend, target: BaseBackend, **options: Any
    ) -> Result:
        aliases = source.alias, target.alias
        for step in compare(source, target, resume=options["resume"]):
            found = step.differences.items()
            self.tell((problem_of(*item, aliases) for item in found), **options)
            self.progress.step(step.edges, place=step.resume)
        return Result({"differences": self.told, "found": self.held})

    def copy(self, source: BaseBackend, target: BaseBackend, **options: Any) -> Result:
        aliases = source.alias, target.alias
        figures: dict[str, Any] = {"copied": 0, "mended": 0}
        for step in copy(source, target, resume=options["resume"]):
            figures["copied"] += step.edges if step.part == COPY else 0
            figures["mended"] += step.mended
            left = step.left.items()
            self.tell((problem_of(*item, aliases) for item in left), **options)
            self.progress.step(step.edges, place=step.resume)
        figures |= {"left": self.told, "found": self.held}
        failure = LEFT.format(count=self.told, source=aliases[0]) if self.told else ""
        return Result(figures, failure)

    def lines(self, figures: Mapping[str, Any]) -> Iterator[str]:
        if "differences" in figures:
            yield f"{figures['differences']} edges would be written or removed."
            return
        yield (
            f"{figures['copied']} edges copied, {figures['mended']} differences "
            f"mended, {figures['left']} left."
        )


LEFT = (
    "{count} edges still differ: an end of each has no row, or the site is still "
    "writing. Run sequere_verify --repair --using {source}, then copy again."
)


def is_empty(backend: BaseBackend) -> bool:
    return not any(backend.scan())


def wrong(message: str) -> CommandError:
    return CommandError(message, returncode=WRONG_USAGE)
