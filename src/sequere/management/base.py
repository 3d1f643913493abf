"""The shared parts of all commands: options, progress, results and exit codes."""

from __future__ import annotations

import json
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from shlex import quote
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.utils.module_loading import import_string

from sequere.backends.base import BaseBackend
from sequere.conf import DEFAULT_ALIAS
from sequere.exceptions import InvalidBackend, InvalidCursor, NotSupported, SequereError
from sequere.management.progress import Progress
from sequere.questions import Scan
from sequere.transfer.records import parse_ref
from sequere.types import Edge, Ref

# The exit codes for scripts. Python itself exits with 2 after wrong options.
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
TERMINATED = 143

WRONG = (InvalidBackend, InvalidCursor, NotSupported)
#: How SQLite, PostgreSQL and MariaDB say that there is no such table.
MISSING_TABLE = "no such table", "does not exist", "doesn't exist"


class Terminated(KeyboardInterrupt):
    """SIGTERM told the process to end."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a command. `figures` are written to JSON unchanged. If there is a
    `failure`, it is shown after the figures, and the exit code is 1.
    """

    figures: Mapping[str, Any]
    failure: str = ""


class SequereCommand(BaseCommand):
    """The base class of all commands, with their shared options.

    A subclass implements run(), and may override lines(). It calls progress.step()
    after each step, with the place from which `--resume` goes on.
    """

    #: Does the command work on a single backend, so that it has --using?
    chooses = True
    #: Does the command change data, so that it has --dry-run?
    writes = False
    #: Can the command go on from a place, so that it has --resume and --pause?
    resumes = False
    #: The unit that progress counts.
    counted = "edges"

    progress: Progress

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        if self.chooses:
            add("--using", default=DEFAULT_ALIAS, help="the alias of the backend")
        add("--tenant", help="run for this tenant; needs the setting SEQUERE_TENANT")
        add(
            "--format",
            choices=["text", "json"],
            default="text",
            help="the format of the result",
        )
        if self.writes:
            add("--dry-run", action="store_true", help="change nothing")
        if self.resumes:
            add(
                "--resume",
                metavar="PLACE",
                help="continue where an earlier run stopped",
            )
            add(
                "--pause",
                type=float,
                default=0,
                metavar="SECONDS",
                help="wait after each step",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        self.progress = Progress(
            self.stderr,
            self.counted,
            verbosity=options["verbosity"],
            pause=options.get("pause", 0),
            place=options.get("resume"),
        )
        with self._failing(), terminating(), in_tenant(options["tenant"]):
            result = self.run(**options)
        self.progress.close()
        self.show(result, options["format"])
        if result.failure:
            raise CommandError(result.failure, returncode=FAILED)

    def run(self, *args: Any, **options: Any) -> Result:
        raise NotImplementedError

    def lines(self, figures: Mapping[str, Any]) -> Iterator[str]:
        """Return `figures` as lines of text."""
        for name, value in figures.items():
            yield f"{name.replace('_', ' ')}: {value}"

    def show(self, result: Result, format: str) -> None:
        if format == "json":
            self.stdout.write(json.dumps(result.figures, default=str))
            return
        for line in self.lines(result.figures):
            self.stdout.write(line)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn errors into messages, each with the place to go on from."""
        try:
            yield
        except KeyboardInterrupt as exc:
            code = TERMINATED if isinstance(exc, Terminated) else INTERRUPTED
            raise self._error("The command was interrupted.", code) from None
        except WRONG as exc:
            raise self._error(str(exc), WRONG_USAGE) from exc
        except (SequereError, DatabaseError, OSError) as exc:
            raise self._error(message_of(exc), FAILED) from exc

    def _error(self, message: str, code: int) -> CommandError:
        self.progress.close()
        if self.resumes and (place := self.progress.place) and code != WRONG_USAGE:
            message += f" Go on with --resume {quote(place)}"
        return CommandError(message, returncode=code)


def message_of(error: Exception) -> str:
    """Return the text of an error, and the cure if a table of ours is missing."""
    message = str(error).strip() or type(error).__name__
    is_missing = any(each in message for each in MISSING_TABLE)
    if isinstance(error, DatabaseError) and "sequere_" in message and is_missing:
        message += "\nCreate the tables first: manage.py migrate sequere"
    return message


def wrong(message: str) -> CommandError:
    """Return an error for options that cannot be used."""
    return CommandError(message, returncode=WRONG_USAGE)


def clean_refs(texts: Iterable[str]) -> list[Ref]:
    """Return the refs of arguments such as `user:8`."""
    try:
        return [parse_ref(text) for text in texts]
    except SequereError as exc:
        raise wrong(str(exc)) from exc


@contextmanager
def in_tenant(name: str | None) -> Iterator[None]:
    """Activate the tenant `name`. None changes nothing."""
    if name is None:
        yield
        return
    enter = tenant_setting()
    with ExitStack() as stack:
        try:
            stack.enter_context(enter(name))
        except (ObjectDoesNotExist, LookupError) as exc:
            raise wrong(f"There is no tenant {name!r}: {exc}") from exc
        yield


def tenant_setting() -> Callable[[str], AbstractContextManager[Any]]:
    path = getattr(settings, "SEQUERE_TENANT", None)
    if not path:
        raise wrong(
            "--tenant needs the setting SEQUERE_TENANT: the dotted path of a context "
            "manager that takes the name of a tenant, such as "
            "'django_tenants.utils.schema_context'."
        )
    try:
        return import_string(path)  # type: ignore[no-any-return]
    except ImportError as exc:
        raise wrong(
            f"SEQUERE_TENANT is {path!r}, which cannot be imported: {exc}"
        ) from exc


@contextmanager
def terminating() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, with the place to go on from."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*args: Any) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def scan_steps(
    backend: BaseBackend, place: str | None = None, *, limit: int = 1000
) -> Iterator[tuple[list[Edge], str | None]]:
    """Yield the answers of one Scan from `place` on: edges, and the place after them,
    which is None at the end.
    """
    while True:
        edges, place = backend.ask(Scan(place, limit=limit))
        yield edges, place
        if place is None:
            return
