from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from sequere.exceptions import SequereError
from sequere.management.base import Result, wrong
from sequere.management.renaming import RenamingCommand
from sequere.names import clean_identifier
from sequere.registration import registry
from sequere.types import Ref


class Command(RenamingCommand):
    help = (
        "Gives all edges of a model its new identifier, in every relation and state. "
        "Change the identifier of the registration first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("old", help="the old identifier")
        parser.add_argument("new", help="the new identifier, which the model has now")

    def run(self, *, old: str, new: str, **options: Any) -> Result:
        try:
            clean_identifier(old)
            registry.get(new)
        except SequereError as exc:
            raise wrong(str(exc)) from exc
        if registry.find(old):
            raise wrong(
                f"The model {registry.find(old)} has the identifier {old!r}, so that "
                "new edges would get it. Change the registration first."
            )

        def renamed(ref: Ref) -> Ref:
            return Ref(new, ref.object_id) if ref.identifier == old else ref

        return self.rename(renamed, **options)
