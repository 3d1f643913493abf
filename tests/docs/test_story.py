"""The tests of the documentation notice a wrong page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.story import is_run, tell

WRONG = {
    "an error": "```python\nfollow\n```",
    "another answer": "```pycon\n>>> 1 + 1\n3\n```",
    "an answer that is not shown": "```pycon\n>>> 1 + 1\n```",
    "another print": "```python\nprint(2)\n```\n\n```text\n3\n```",
    "a print of nothing": "```text\n3\n```",
    "a command that fails": "```console\n$ python manage.py nonsense\n```",
    "another output": "```console\n$ python manage.py check\nAll is lost.\n```",
    "a check that finds nothing": "```console\n$ true\nSystemCheckError: ...\n```",
    "wrong SQL": "```sql\nSELECT * FROM nowhere\n```",
    "a name of another chapter": (
        "```python\na = 1\n```\n\n```console\n$ true\n```\n\n```python\na\n```"
    ),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_wrong_pages(text: str, fresh_project: Path) -> None:
    page = fresh_project / "page.md"
    page.write_text(f"# A page\n\n{text}\n")
    with pytest.raises(AssertionError, match=r"page\.md"):
        tell(page, fresh_project)


def test_a_right_page(fresh_project: Path) -> None:
    page = fresh_project / "page.md"
    page.write_text(
        "```python\n# mysite/extra.py\na = 1\n```\n\n"
        "```python\n# mysite/extra.py: add\nb = 2\n```\n\n"
        "```python\nfrom mysite.extra import a, b\nprint(a, b)\n```\n\n"
        "```text\n1 2\n```\n\n"
        "```pycon\n>>> a\n1\n```\n\n"
        "```console\n$ echo 3\n3\n$ echo \\\n    4\n...4\n```\n"
    )
    tell(page, fresh_project)


@pytest.mark.parametrize("text", ["```\na\n```", "```toml\na = 1\n```"])
def test_kinds_that_nothing_runs(text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{text}\n")
    assert not [block for block in blocks(page) if is_run(block)]
