from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from sequere.backends.base import BaseBackend
from sequere.declaration import declared
from sequere.handler import backends, get_backend
from sequere.management.base import Result, SequereCommand, clean_refs
from sequere.questions import Counts, Forget
from sequere.transfer.statistics import is_listed
from sequere.types import Direction, Ref

DIRECTIONS: tuple[Direction, ...] = ("followers", "followings")


class Command(SequereCommand):
    help = (
        "Removes every edge from and to these resources, in every relation and state."
    )
    writes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "refs",
            nargs="+",
            metavar="IDENTIFIER:KEY",
            help="resources, such as user:8",
        )
        parser.add_argument(
            "--everywhere", action="store_true", help="remove from all backends"
        )

    def run(
        self,
        *,
        refs: list[str],
        using: str,
        everywhere: bool,
        dry_run: bool,
        **options: Any,
    ) -> Result:
        found = clean_refs(refs)
        active = {}
        every = backends.independent() if everywhere else [get_backend(using)]
        for backend in every:
            active[backend.alias] = active_edges(backend, found)
            if not dry_run:
                backend.ask(Forget(found, reason="forgotten"))
        return Result({"resources": len(found), "active_edges": active})


def active_edges(backend: BaseBackend, refs: Sequence[Ref]) -> int:
    """Count the edges that lists show. An edge between two of `refs` counts twice."""
    return sum(
        count
        for relation in sorted(filter(is_listed, declared))
        for direction in DIRECTIONS
        for count in backend.ask(Counts(relation, refs, direction)).values()
    )
