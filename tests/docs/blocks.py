"""The fenced blocks of the documentation, and what each of them asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The first line of a file names it: "# shop/models.py", "{# shop/a.html #}".
PATH = re.compile(r"(?:# |\{# )(?P<path>[\w/.]+\.\w+)(?P<add>: add)?(?: #\})?$")


class Block(NamedTuple):
    """A fenced block: its language, its text, and the line of its first line."""

    kind: str
    text: str
    line: int

    @property
    def file(self) -> tuple[str, str] | None:
        """The path that this block is the text of, and the mode to open it with."""
        found = PATH.match(self.text.partition("\n")[0])
        return found and (found["path"], "a" if found["add"] else "w")

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The lines that begin with "$ ", each with the output that is shown."""
        text = self.text.replace("\\\n", "")
        parts = [part.partition("\n") for part in re.split(r"^\$ ", text, flags=re.M)]
        return [(command, output) for command, _, output in parts if command]

    @property
    def numbered(self) -> str:
        """The text behind empty lines: a traceback names the line of the page."""
        return "\n" * (self.line - 1) + self.text


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start(2)) + 1
        yield Block(found[1], found[2], line)
