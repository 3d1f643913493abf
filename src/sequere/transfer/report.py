from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

from sequere.exceptions import InvalidFile
from sequere.transfer.records import Record

#: The number of refused rows that are shown if there is no file for them.
SHOWN = 20


class Report:
    """The refused rows: all of them in a file, or the first few without a file.

    `strict` raises InvalidFile for the first refused row.
    """

    def __init__(
        self, path: str | None, stream: Any, *, goes_on: bool, strict: bool
    ) -> None:
        self.refused = 0
        self.strict = strict
        self._stream = stream
        self._file: IO[str] | None = None
        if path is not None:
            self._file = self._opened(Path(path), "a" if goes_on else "w")

    def add(self, record: Record, error: str) -> None:
        self.refused += 1
        # A row may contain bytes that are not text.
        text = f"{record.where}: {error}".encode("utf-8", "backslashreplace").decode()
        if self.strict:
            raise InvalidFile(text)
        if self._file:
            row = {"where": record.where, "error": error}
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
        elif self.refused <= SHOWN:
            self._stream.write(text)
        elif self.refused == SHOWN + 1:
            self._stream.write("More rows are refused. --report FILE names them all.")

    def _opened(self, path: Path, mode: str) -> IO[str]:
        return path.open(mode, encoding="utf-8")

    def close(self) -> None:
        if self._file:
            self._file.close()
