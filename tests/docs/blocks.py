"""The fenced blocks of the documentation, and the action that each block asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The first line of a file names the file: "# shop/models.py", "{# shop/a.html #}". It
# may also say that the text is appended, or that it replaces one line of the file.
PATH = re.compile(
    r"(?:# |\{# )(?P<path>[\w/.]+\.\w+)"
    r"(?P<add>: add)?(?:: instead of (?P<line>.+?))?(?: #\})?$"
)


class File(NamedTuple):
    """A path, and the way in which a block changes that file."""

    path: str
    is_added: bool
    #: The line that the block replaces, or None.
    line: str | None

    @property
    def is_written(self) -> bool:
        """Return whether the block is the whole file."""
        return not self.is_added and self.line is None


class Block(NamedTuple):
    """A fenced block: its language, its text, and the line of its first line."""

    kind: str
    text: str
    line: int

    @property
    def file(self) -> File | None:
        """Return the file that this block writes, or None."""
        found = PATH.match(self.text.partition("\n")[0])
        return found and File(found["path"], bool(found["add"]), found["line"])

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Return the lines that begin with "$ ", each with the output below it."""
        text = self.text.replace("\\\n", "")
        parts = [part.partition("\n") for part in re.split(r"^\$ ", text, flags=re.M)]
        return [(command, output) for command, _, output in parts if command]

    @property
    def numbered(self) -> str:
        """Return the text after empty lines, so that a traceback names the line of the
        page.
        """
        return "\n" * (self.line - 1) + self.text


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start(2)) + 1
        yield Block(found[1], found[2], line)


def slug(heading: str) -> str:
    """Return the anchor that docutils makes for a heading."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
