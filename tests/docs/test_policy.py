"""The table of verbs in the reference is the table that the suite tests on backends."""

from __future__ import annotations

import re
from typing import Any

from sequere.testing.table import CONTENTS, TABLE, Content
from sequere.types import Attempt
from tests.docs.blocks import ROOT
from tests.docs.test_reference import section

PAGE = (ROOT / "docs" / "reference-policy.md").read_text()

#: The headings of the columns, and the state of the slot in each column.
COLUMNS: dict[str, tuple[Content, ...]] = {
    "empty": (None,),
    "active": (0,),
    "requested": (1,),
    "archived": (2, 4, 6),
    "archived request": (3, 5, 7),
    "source blocks": (16,),
    "target blocks": (32,),
    "both block": (48,),
}
KINDS = {content: name for name, held in COLUMNS.items() for content in held}


def cell(verb: str, column: str) -> str:
    """Return a cell of the table: the answer of a verb, and the state afterwards."""
    found = []
    for content in COLUMNS[column]:
        left, answer = TABLE[verb].expect(content)
        parts = [text_of(answer)]
        if KINDS[left] != column:
            parts.append(f"→ {KINDS[left]}")
        found.append(" ".join(filter(None, parts)))
    return (
        " or ".join(sorted({each or "stays" for each in found})) if any(found) else ""
    )


def text_of(answer: Any) -> str:
    if isinstance(answer, Attempt):
        return answer.name
    return str(answer) if isinstance(answer, bool) else ""


def rows() -> dict[str, list[str]]:
    lines = [
        [each.strip() for each in line.strip("|").split("|")]
        for line in section(PAGE, "## What each verb does").splitlines()
        if line.startswith("|")
    ]
    assert lines[0][1:] == list(COLUMNS)
    return {
        verb: cells
        for names, *cells in lines[2:]
        for verb in re.findall(r"`([^`]+)`", names)
    }


def test_every_content_has_a_column() -> None:
    assert set(KINDS) == set(CONTENTS)


def test_the_table_of_verbs() -> None:
    assert rows() == {
        verb: [cell(verb, column) for column in COLUMNS] for verb in TABLE
    }


def test_every_attempt_is_explained() -> None:
    named = re.findall(r"^\| `(\w+)` \|", section(PAGE, "## Attempts"), re.MULTILINE)
    assert named == [each.name for each in Attempt]
