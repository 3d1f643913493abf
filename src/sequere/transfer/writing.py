"""Files of edges, which are whole, or not there."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from sequere.exceptions import InvalidCursor
from sequere.transfer.rows import COLUMNS, row_of
from sequere.types import Edge

Kind = Literal["csv", "jsonl"]
KINDS: tuple[Kind, ...] = ("csv", "jsonl")


def encoded(edges: Iterable[Edge], kind: Kind, *, header: bool = False) -> bytes:
    """Rows of `edges`, with the names of the columns before, if `header` is set."""
    rows = map(row_of, edges)
    text = io.StringIO(newline="")
    if kind == "csv":
        writer = csv.writer(text)
        writer.writerows([COLUMNS] if header else [])
        writer.writerows(rows)
    else:
        for row in rows:
            text.write(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n")
    return text.getvalue().encode()


class Output:
    """A file of edges. Until finish() it has `.part` behind its name, so that a file
    without it is always whole.

    Each write() is a part of its own, also of a compressed file, so that an export can
    go on behind any of them. `stream` is written to in place of a file, if given.
    """

    def __init__(
        self,
        path: str,
        kind: Kind,
        *,
        zipped: bool,
        offset: int = 0,
        stream: Any = None,
    ) -> None:
        self.kind = kind
        self.zipped = zipped
        self.offset = offset
        self._path = Path(path)
        self._part = Path(f"{path}.part")
        self._is_file = stream is None
        self._file = stream if stream is not None else self._open()

    def write(self, edges: Iterable[Edge]) -> None:
        data = encoded(edges, self.kind, header=not self.offset)
        if self.zipped and data:
            data = gzip.compress(data, compresslevel=6)
        self._file.write(data)
        self._file.flush()
        self.offset += len(data)

    def finish(self) -> None:
        if self._is_file:
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)

    def close(self) -> None:
        """Leave what is written for a run that goes on."""
        if self._is_file:
            self._file.close()

    def _open(self) -> Any:
        if not self.offset:
            return self._part.open("wb")
        if not self._part.exists() or self._part.stat().st_size < self.offset:
            raise InvalidCursor(
                f"{self._part} is not there, or shorter than at this place. Begin "
                "again, without --resume."
            )
        file = self._part.open("r+b")
        file.seek(self.offset)
        # What was written behind the place would be there twice.
        file.truncate()
        return file
