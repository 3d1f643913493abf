"""Read files of edges: CSV or JSON lines, compressed or not, detected by their
content.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, TextIO

from sequere.exceptions import InvalidCursor, InvalidFile
from sequere.transfer.records import Record
from sequere.transfer.rows import COLUMNS, NEEDED, record_of

STDIN = "-"
GZIP = b"\x1f\x8b"
#: No row of an edge is longer than this number of characters.
LONGEST = 100_000


class Input:
    """A file that is read once, from its beginning."""

    omitted = 0

    def __init__(self, binary: IO[bytes]) -> None:
        self._binary = binary
        self._size = size_of(binary)
        buffered = io.BufferedReader(binary)  # type: ignore[type-var]
        is_gzip = buffered.peek(2)[:2] == GZIP
        unpacked: Any = gzip.GzipFile(fileobj=buffered) if is_gzip else buffered
        # Bytes that are not UTF-8 spoil only their own row, not the file.
        self.text: TextIO = io.TextIOWrapper(
            unpacked, "utf-8-sig", errors="surrogateescape", newline="\n"
        )

    @property
    def fraction(self) -> float | None:
        """Return how much was read, from 0 to 1, or None for a pipe."""
        return self._binary.tell() / self._size if self._size else None

    def records(self, now: datetime, place: str | None = None) -> Iterator[Record]:
        """Yield the rows after the line `place`. Raise InvalidFile or InvalidCursor."""
        after = parse_line(place)
        lines = bounded(self.text)
        first = next(lines, "")
        rows = json_rows if first.lstrip().startswith("{") else csv_rows
        return rows(chain([first] if first else [], lines), now, after)


@contextmanager
def opened(path: str) -> Iterator[Input]:
    """Open a file, or stdin for "-"."""
    if path == STDIN:
        yield Input(sys.stdin.buffer)
        return
    with Path(path).open("rb", buffering=0) as binary:
        yield Input(binary)


def size_of(binary: IO[bytes]) -> int:
    """Return the size of a file in bytes, or 0 for a pipe."""
    try:
        begin = binary.tell()
        size = binary.seek(0, io.SEEK_END)
        binary.seek(begin)
    except (OSError, ValueError):
        return 0
    return size


def bounded(stream: TextIO) -> Iterator[str]:
    """Yield the lines. Lines that are too long are cut, and are not valid rows."""
    try:
        while line := stream.readline(LONGEST):
            yield line
            while line and not line.endswith("\n"):
                line = stream.readline(LONGEST)
    except (EOFError, zlib.error) as exc:
        raise InvalidFile(f"The file is damaged, or not whole: {exc}") from exc


def csv_rows(lines: Iterator[str], now: datetime, after: int) -> Iterator[Record]:
    reader = csv.reader(lines, strict=True)
    header = clean_header(next(reader, None))
    while True:
        begin = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as exc:
            yield refused(begin, reader.line_num, f"The row is not CSV: {exc}.")
            continue
        if values is None:
            return
        if not values or reader.line_num <= after:
            continue
        if len(values) != len(header):
            error = f"The row has {len(values)} columns, the header {len(header)}."
            yield refused(begin, reader.line_num, error)
            continue
        row = dict(zip(header, values, strict=True))
        yield record_of(f"line {begin}", str(reader.line_num), row, now)


def clean_header(names: list[str] | None) -> list[str]:
    if names is None:
        return []
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in NEEDED if name not in names]
    if unknown or missing or len({*names}) < len(names):
        raise InvalidFile(
            f"The first line of a CSV file names its columns: {', '.join(NEEDED)}, "
            f"and any of relation, created, state, level. Here it is {names!r}."
        )
    return names


def json_rows(lines: Iterator[str], now: datetime, after: int) -> Iterator[Record]:
    for line, text in enumerate(lines, 1):
        if line <= after or not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as exc:
            yield refused(line, line, f"The row is not JSON: {exc}.")
            continue
        if not isinstance(row, dict):
            yield refused(line, line, "The row is not a JSON object.")
        elif unknown := sorted(row.keys() - {*COLUMNS}):
            yield refused(line, line, f"The row has unknown keys: {unknown!r}.")
        else:
            yield record_of(f"line {line}", str(line), row, now)


def refused(begin: int, end: int, error: str) -> Record:
    return Record(f"line {begin}", str(end), None, error)


def parse_line(place: str | None) -> int:
    if place is None:
        return 0
    if place.isascii() and place.isdecimal():
        return int(place)
    raise InvalidCursor(f"{place!r} is not the number of a line.")
