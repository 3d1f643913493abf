from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from django.core.management import CommandError

from sequere.backends.base import BaseBackend
from sequere.backends.mirror.backend import MirrorBackend
from sequere.backends.mirror.keeping import keep
from sequere.backends.mirror.marks import MOVED, NotReady
from sequere.backends.mirror.rebuilding import rebuild, repair
from sequere.backends.mirror.settling import Sides, drain
from sequere.backends.mirror.status import status_of
from sequere.backends.mirror.swapping import Step, abort, adopt, swap, swap_back
from sequere.exceptions import BackendError
from sequere.handler import get_backend
from sequere.management.base import Result, SequereCommand, wrong

#: The rest in seconds between two rounds of `drain --watch`.
ROUND_PAUSE = 0.2
#: The rest after a round that failed because a server cannot be reached.
FAILED_PAUSE = 2.0

WORDS = {
    "start": "create the triggers that note writes, and fill the mirror",
    "drain": "settle what was written; with --watch, go on for ever",
    "rebuild": "empty the mirror, and fill it again",
    "repair": "compare both sides, and settle what differs",
    "status": "show how far the mirror is",
    "adopt": "begin with edges that are in the mirror already, as after a swap",
    "swap": "let the mirror take the place of the primary",
    "open": "take back a swap that did not come to its end",
    "swap-back": "bring the edges back to the primary after a swap",
    "stop": "drop the triggers",
}


class Command(SequereCommand):
    help = "Keeps the mirror of a MirrorBackend, beside its users, or swaps the two."
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = "; ".join(f"{word}: {what}" for word, what in WORDS.items())
        parser.add_argument("word", choices=WORDS, metavar="WORD", help=words)
        super().add_arguments(parser)
        parser.add_argument(
            "--watch", action="store_true", help="with drain: go on until it is stopped"
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="with start: remove the edges that the mirror has; with adopt: let "
            "swap-back remove the edges that only the primary has",
        )

    def run(self, *, word: str, using: str, watch: bool, **options: Any) -> Result:
        backend = get_backend(using)
        if not isinstance(backend, MirrorBackend):
            raise wrong(
                f"{using!r} is {type(backend).__name__}, which has no mirror. Name a "
                "MirrorBackend with --using."
            )
        if watch and word != "drain":
            raise wrong("--watch goes with the word drain only.")
        if options["resume"] and word not in ("rebuild", "repair"):
            raise wrong("--resume goes with the words rebuild and repair only.")
        sides = backend.pinned().sides
        role = sides.journal.role()
        if role is None and word not in ("start", "adopt", "status", "stop"):
            raise wrong(NOT_STARTED)
        if watch:
            self.watch(sides)
        act: Callable[..., Result] = getattr(self, word.replace("-", "_"))
        return act(sides, **options)

    def start(self, sides: Sides, *, replace: bool, **options: Any) -> Result:
        mirror = sides.mirror
        is_new = mirror.stages() == {None}
        if is_new and not replace and any(mirror.backend.scan()):
            raise occupied(mirror.backend)
        sides.journal.start()
        return self.rebuild(sides)

    def adopt(self, sides: Sides, *, replace: bool, **options: Any) -> Result:
        journal = sides.journal
        role = journal.role()
        if role not in (None, MOVED):
            raise wrong(f"This mirror is started already: its primary is {role}.")
        # In the role "moved", an adoption that was killed goes on.
        if role is None and not replace and any(journal.primary.scan()):
            raise occupied(journal.primary)
        adopt(sides)
        return Result({"role": journal.role()})

    def rebuild(
        self, sides: Sides, *, resume: str | None = None, **options: Any
    ) -> Result:
        edges = 0
        for step in rebuild(sides, resume):
            edges += step.edges
            self.progress.step(step.edges, place=step.resume)
        return Result({"edges": edges})

    def repair(
        self, sides: Sides, *, resume: str | None = None, **options: Any
    ) -> Result:
        mended = 0
        for step in repair(sides, resume):
            mended += step.mended
            self.progress.step(step.edges, place=step.resume)
        return Result({"mended": mended})

    def drain(self, sides: Sides, **options: Any) -> Result:
        settled = 0
        for step in drain(sides):
            settled += step.settled
            self.progress.step(step.settled)
        return Result({"settled": settled, "left": sides.journal.left().intents})

    def watch(self, sides: Sides) -> None:
        """Keep the mirror until a signal ends the process. Rebuild it where it lost its
        edges, such as after a restart of its server.
        """
        while True:
            try:
                self.progress.step(keep(sides).settled)
            except NotReady as exc:
                self.tell(exc)
                self.rebuild_or_tell(sides)
            except BackendError as exc:
                self.tell(exc)
                time.sleep(FAILED_PAUSE)
            time.sleep(ROUND_PAUSE)

    def rebuild_or_tell(self, sides: Sides) -> None:
        try:
            for step in rebuild(sides):
                self.progress.step(step.edges)
        except BackendError as exc:
            self.tell(exc)
            time.sleep(FAILED_PAUSE)

    def tell(self, exc: Exception) -> None:
        self.progress.close()
        self.stderr.write(str(exc))

    def status(self, sides: Sides, **options: Any) -> Result:
        return Result(status_of(sides))

    def swap(self, sides: Sides, **options: Any) -> Result:
        return self.swapped(sides, swap(sides))

    def swap_back(self, sides: Sides, **options: Any) -> Result:
        result = self.swapped(sides, swap_back(sides))
        # The process of `drain --watch` may have begun to rebuild the mirror, too.
        with suppress(NotReady):
            self.rebuild(sides)
        return result

    def swapped(self, sides: Sides, steps: Iterator[Step]) -> Result:
        for step in steps:
            self.progress.step(step.edges)
        return Result({"role": sides.journal.role()})

    def open(self, sides: Sides, **options: Any) -> Result:
        abort(sides)
        return Result({"role": sides.journal.role()})

    def stop(self, sides: Sides, **options: Any) -> Result:
        sides.journal.stop()
        sides.mirror.release()
        return Result({"role": None})

    def lines(self, figures: Mapping[str, Any]) -> Iterator[str]:
        for name, value in figures.items():
            yield f"{name.replace('_', ' ')}: {'none' if value is None else value}"


def occupied(backend: BaseBackend) -> CommandError:
    return wrong(
        f"{backend.alias!r} has edges, which would be removed: allow it with --replace."
    )


NOT_STARTED = "This mirror is not started. Run `manage.py sequere_mirror start` first."
