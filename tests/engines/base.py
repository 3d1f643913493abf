from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class Unavailable(Exception):
    """The engine cannot run on this machine; the message says why."""


class EngineFailed(Exception):
    """The engine is installed, but did not start."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a running engine answers."""

    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = ""
    #: Of servers that are no SQL database. The tests use SQLite beside them.
    urls: tuple[str, ...] = ()


class Engine(ABC):
    name: ClassVar[str]
    #: What pytest is to be told, so that it runs what depends on this engine.
    tests: ClassVar[tuple[str, ...]] = (
        "--ignore=tests/backends/redis",
        "--ignore=tests/browser",
    )
    #: Can it keep follows? What can is measured, too.
    is_store: ClassVar[bool] = True

    @abstractmethod
    def version(self) -> str:
        """Return what would run, as in "PostgreSQL 18.6", or raise Unavailable."""

    @abstractmethod
    def serve(self, folder: Path, *, durable: bool) -> AbstractContextManager[Server]:
        """Run a server whose files are all below `folder`.

        It answers when the context is entered, and is gone when it is left.
        """
