"""The shared parts of the commands that find problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sequere.management.base import SequereCommand
from sequere.types import Problem
from sequere.verifying.comparing import Difference
from sequere.verifying.exact import Slot

#: The number of problems that are shown without `--verbosity 2`, and that JSON holds.
SHOWN = 20
HELD = 1000


class FindingCommand(SequereCommand):
    """A command that reports problems one by one while it runs."""

    found: list[Problem]
    told: int

    def handle(self, *args: Any, **options: Any) -> None:
        self.found, self.told = [], 0
        super().handle(*args, **options)

    def tell(
        self,
        problems: Iterable[Problem],
        *,
        format: str,
        verbosity: int,
        **options: Any,
    ) -> None:
        """Report the problems at once, because the command may be stopped before its
        end.
        """
        for problem in problems:
            self.told += 1
            if self.told <= HELD:
                self.found.append(problem)
            if format == "text" and (self.told <= SHOWN or verbosity > 1):
                self.progress.close()
                self.stdout.write(str(problem))

    @property
    def held(self) -> list[dict[str, Any]]:
        """Return the first 1,000 problems, for JSON."""
        return [problem._asdict() for problem in self.found]


def problem_of(slot: Slot, found: Difference, aliases: tuple[str, str]) -> Problem:
    """Convert a difference between two backends to a problem."""
    relation, source, target = slot
    where = f"{source} -> {target} ({relation})"
    [*here] = [alias for alias, edge in zip(aliases, found, strict=True) if edge]
    if len(here) == 1:
        return Problem(where, f"only in {here[0]!r}")
    names = "created", "state", "level"
    values = [
        f"{name} is {getattr(found.one, name)} in {aliases[0]!r} and "
        f"{getattr(found.other, name)} in {aliases[1]!r}"
        for name in names
        if getattr(found.one, name) != getattr(found.other, name)
    ]
    return Problem(where, "; ".join(values))
