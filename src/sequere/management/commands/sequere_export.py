from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from sequere.exceptions import InvalidCursor
from sequere.handler import get_backend
from sequere.management.base import (
    Result,
    SequereCommand,
    clean_refs,
    scan_steps,
    wrong,
)
from sequere.transfer.writing import KINDS, Kind, Output
from sequere.types import Edge, Ref

STDOUT = "-"
BATCH_SIZE = 5000


class Command(SequereCommand):
    help = (
        "Writes all edges, of all relations and states, with times and levels, to a "
        "file or to stdout, as CSV or as JSON lines."
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "file",
            nargs="?",
            default=STDOUT,
            help="the file, such as edges.csv or edges.jsonl.gz; the default is stdout",
        )
        parser.add_argument(
            "--as", dest="kind", choices=KINDS, help="the format, if the name has none"
        )
        parser.add_argument(
            "--gzip", action="store_true", help="compress, even if the name has no .gz"
        )
        parser.add_argument(
            "--ref",
            action="append",
            default=[],
            metavar="IDENTIFIER:KEY",
            help="write only the edges from or to this resource, such as user:8",
        )

    def run(
        self,
        *,
        using: str,
        file: str,
        kind: Kind | None,
        gzip: bool,
        ref: list[str],
        resume: str | None,
        **options: Any,
    ) -> Result:
        backend, refs = get_backend(using), {*clean_refs(ref)}
        offset, place = parse_place(resume)
        output = Output(
            file,
            kind or kind_of(file),
            zipped=gzip or file.endswith(".gz"),
            offset=offset,
            stream=self._stdout() if file == STDOUT else None,
        )
        written = 0
        try:
            for edges, after in scan_steps(backend, place, limit=BATCH_SIZE):
                found = [edge for edge in edges if not refs or concerns(edge, refs)]
                output.write(found)
                written += len(found)
                self.progress.step(
                    len(edges), place=after and f"{output.offset}:{after}"
                )
        except BaseException:
            output.close()
            raise
        output.finish()
        return Result({"edges": written, "bytes": output.offset})

    def show(self, result: Result, format: str) -> None:
        """Write the result to stderr, if the edges are on stdout."""
        if self._has_stdout:
            self.stdout = self.stderr
        super().show(result, format)

    _has_stdout = False

    def _stdout(self) -> Any:
        self._has_stdout = True
        try:
            return self.stdout.buffer
        except AttributeError:
            return Characters(self.stdout)


class Characters:
    """A stream of text, such as StringIO, that accepts bytes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        self._stream.write(data.decode(), ending="")

    def flush(self) -> None:
        self._stream.flush()


def kind_of(file: str) -> Kind:
    name = file.removesuffix(".gz")
    for kind in KINDS:
        if name.endswith(f".{kind}"):
            return kind
    if file == STDOUT:
        return "jsonl"
    raise wrong(
        f"The name {file!r} does not choose a format. Call the file .csv "
        "or .jsonl, or give --as."
    )


def parse_place(text: str | None) -> tuple[int, str | None]:
    """Return how much was written, and the place in the scan."""
    if text is None:
        return 0, None
    offset, _, place = text.partition(":")
    if not (offset.isascii() and offset.isdecimal() and place):
        raise InvalidCursor(f"{text!r} is not a place of sequere_export.")
    return int(offset), place


def concerns(edge: Edge, refs: set[Ref]) -> bool:
    return edge.source in refs or edge.target in refs
