"""Commands that find problems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sequere.management.base import SequereCommand
from sequere.types import Problem
from sequere.verifying.comparing import Difference
from sequere.verifying.exact import Slot

#: Problems that are shown without `--verbosity 2`, and that JSON holds.
SHOWN = 20
HELD = 1000


class FindingCommand(SequereCommand):
    """A command that tells problems one by one, while it goes on."""

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
        """At once: the command may be stopped before its end."""
        for problem in problems:
            self.told += 1
            if self.told <= HELD:
                self.found.append(problem)
            if format == "text" and (self.told <= SHOWN or verbosity > 1):
                self.progress.close()
                self.stdout.write(str(problem))

    @property
    def held(self) -> list[dict[str, Any]]:
        """The first 1,000 problems, for JSON."""
        return [problem._asdict() for problem in self.found]


def problem_of(slot: Slot, found: Difference, aliases: tuple[str, str]) -> Problem:
    """A difference between two backends, as a problem."""
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
