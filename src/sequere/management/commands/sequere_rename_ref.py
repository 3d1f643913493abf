from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from sequere.management.base import Result, clean_refs, wrong
from sequere.management.renaming import RenamingCommand
from sequere.types import Ref


class Command(RenamingCommand):
    help = (
        "Moves all edges of a resource to another one, in every relation and state. "
        "Use it after a key was changed, or to merge two accounts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "refs", nargs="+", metavar="OLD NEW", help="pairs, such as user:8 user:9"
        )

    def run(self, *, refs: list[str], **options: Any) -> Result:
        found = clean_refs(refs)
        old, new = found[::2], found[1::2]
        if len(old) != len(new):
            raise wrong("The refs are not pairs: each old one needs a new one.")
        names = dict(zip(old, new, strict=True))
        if len(names) < len(old) or names.keys() & {*new}:
            raise wrong(
                "Each ref can be renamed once in a run, and a new one cannot be an old "
                "one. Rename them one after the other."
            )

        def renamed(ref: Ref) -> Ref:
            return names.get(ref, ref)

        return self.rename(renamed, **options)
