"""Write files of edges. An unfinished file never has the name of the finished file."""

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
    """Encode `edges` as rows. `header` adds the names of the columns before them."""
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
    """A file of edges. Until finish(), its name ends with `.part`, so that a file
    without this ending is always complete.

    Each write() is a separate part, also of a compressed file, so that an export can go
    on after any of them. If `stream` is given, it is written to instead of a file.
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
        """Close the file, and keep its contents for a later run that goes on."""
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
        # Rows that were written after the place would be in the file twice.
        file.truncate()
        return file
