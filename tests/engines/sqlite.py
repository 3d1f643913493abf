from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.base import Engine, Server


class SQLite(Engine):
    name = "sqlite"

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    @contextmanager
    def serve(self, folder: Path, *, durable: bool) -> Iterator[Server]:
        yield Server()
