"""Every block of the documentation runs, and shows what it says it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT, blocks
from tests.docs.conftest import TUTORIAL
from tests.docs.story import NOT_RUN, is_run, tell

README = ROOT / "README.md"
OTHERS = [page for page in PAGES if page not in (README, TUTORIAL)]


def test_readme(fresh_project: Path) -> None:
    tell(README, fresh_project)


def test_tutorial(tutorial: Path) -> None:
    assert (tutorial / "manage.py").exists()


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: page.stem)
def test_page(page: Path, project: Path, request: pytest.FixtureRequest) -> None:
    if "REDIS_URL" in page.read_text():
        request.getfixturevalue("redis")
    tell(page, project)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_block_is_left_out(page: Path) -> None:
    found = list(blocks(page))
    fences = re.findall(r"^\s*(?:```|~~~)", page.read_text(), re.MULTILINE)
    assert len(fences) == 2 * len(found)
    left_out = [f"line {each.line}" for each in found if not is_run(each)]
    assert not left_out


def test_what_is_not_run_is_in_the_pages() -> None:
    commands = [
        command
        for page in PAGES
        for block in blocks(page)
        if block.kind == "console"
        for command, _ in block.commands
    ]
    assert not NOT_RUN.keys() - set(commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    pages = {page.name for page in PAGES} - {"README.md", "index.md"}
    assert not [page for page in pages if f"({page})" not in index]
