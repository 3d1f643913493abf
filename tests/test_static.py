"""The script and the style sheet, checked as text."""

from __future__ import annotations

import re
from pathlib import Path

import sequere
from sequere.web import State

SOURCE = Path(sequere.__file__).parent
SCRIPT = (SOURCE / "static" / "sequere" / "follow.js").read_text()
STYLE = (SOURCE / "static" / "sequere" / "follow.css").read_text()
TEMPLATES = {
    file.name: file.read_text() for file in (SOURCE / "templates").rglob("*.html")
}
BUTTON = TEMPLATES["follow_button.html"]


def test_the_script_is_small_and_needs_nothing() -> None:
    assert len(SCRIPT) < 4608
    assert not re.search(r"\bimport\b|\brequire\b|https?:", SCRIPT)


def test_the_script_makes_no_markup_and_no_code() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacent|\beval\b|new Function|\.style\b"
    assert not re.search(forbidden, SCRIPT)


def test_templates_suit_a_content_security_policy() -> None:
    for text in TEMPLATES.values():
        assert not re.search(r"<script|<style|\bon\w+=|\bstyle=|javascript:", text)


def test_the_script_finds_what_the_template_has() -> None:
    for attribute in ("data-sequere-follow", "data-failed", "data-offline"):
        assert f"{attribute}=" in BUTTON
    for attribute in ("aria-pressed", "name=action", "sequere-count", "role=status"):
        assert attribute in SCRIPT
        assert attribute in BUTTON.replace('"', "")
    for state in State:
        assert f"data-{state}=" in BUTTON
        assert f"data-{state}-label=" in BUTTON
        assert re.search(rf'\b{state}: "\w+"', SCRIPT)


def test_the_style_is_the_same_from_right_to_left() -> None:
    assert not re.search(r"\b(left|right|width|height|top|bottom)\b", STYLE)
