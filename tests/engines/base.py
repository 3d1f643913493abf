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
    """The address of a running engine."""

    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = ""
    #: The address of a server that is not an SQL database. The tests then use SQLite
    #: too.
    urls: tuple[str, ...] = ()


class Engine(ABC):
    name: ClassVar[str]
    #: The arguments of pytest that select the tests of this engine.
    tests: ClassVar[tuple[str, ...]] = (
        "--ignore=tests/backends/redis",
        "--ignore=tests/browser",
    )
    #: Can the engine keep follows? If it can, the benchmark measures it too.
    is_store: ClassVar[bool] = True

    @abstractmethod
    def version(self) -> str:
        """Return the version, as in "PostgreSQL 18.6", or raise Unavailable."""

    @abstractmethod
    def serve(self, folder: Path, *, durable: bool) -> AbstractContextManager[Server]:
        """Run a server whose files are all below `folder`.

        The server answers when the context is entered, and has ended when the context
        is left.
        """
