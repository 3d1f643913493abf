"""Every block of the documentation runs, and shows the output on the page."""

from __future__ import annotations

import random
import re
from codeop import compile_command
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT, Block, blocks, slug
from tests.docs.conftest import TUTORIAL
from tests.docs.story import NOT_RUN, is_run, tell

README = ROOT / "README.md"
#: The pages that begin with a new project of Django.
NEW = [README, ROOT / "docs" / "howto-install.md"]
#: The page that begins with an empty folder, like the tutorial.
EMPTY = ROOT / "docs" / "howto-custom-user.md"
OTHERS = [page for page in PAGES if page not in (*NEW, EMPTY, TUTORIAL)]
GUIDES = [page for page in OTHERS if page.stem.startswith("howto-")]
#: The guide that runs the whole conformance suite, which takes a minute.
SUITE = ROOT / "docs" / "howto-write-a-backend.md"
#: So many guides follow each other in one project; each run draws others.
IN_A_ROW = 8


@pytest.mark.parametrize("page", NEW, ids=lambda page: page.stem)
def test_pages_for_a_new_project(page: Path, fresh_project: Path) -> None:
    tell(page, fresh_project)


def test_a_user_model_of_your_own(tmp_path: Path) -> None:
    tell(EMPTY, tmp_path)


def test_tutorial(tutorial: Path) -> None:
    assert (tutorial / "manage.py").exists()


@pytest.mark.parametrize(
    "page", [page for page in OTHERS if page not in GUIDES], ids=lambda page: page.stem
)
def test_page(page: Path, project: Path) -> None:
    tell(page, project)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_guides_for_a_project_in_use(
    page: Path, used_project: Path, request: pytest.FixtureRequest
) -> None:
    if "REDIS_URL" in page.read_text():
        request.getfixturevalue("redis")
    tell(page, used_project)


@pytest.mark.usefixtures("redis")
def test_guides_in_any_order(used_project: Path) -> None:
    guides = [page for page in GUIDES if page != SUITE]
    for page in random.sample(guides, IN_A_ROW):
        tell(page, used_project)


def test_guides_do_not_overwrite_each_other() -> None:
    owners = defaultdict(set)
    for page in [TUTORIAL, *GUIDES]:
        for block in blocks(page):
            if block.file and not block.file.is_added:
                place = block.file.line or "the whole file"
                owners[block.file.path, place].add(page.stem)
    assert not [place for place, pages in owners.items() if len(pages) > 1]


def test_guides_create_users_of_their_own() -> None:
    creators = Counter(
        name
        for page in [TUTORIAL, *GUIDES]
        for name in set(re.findall(r'create\w*\(username="(\w+)"', page.read_text()))
    )
    assert [name for name, count in creators.items() if count > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_shell_blocks_can_be_pasted(page: Path) -> None:
    console = [block for block in blocks(page) if not block.file]
    for block in console:
        if block.kind in ("python", "pycon"):
            assert paste(block) == "", f"{page.name}:{block.line}"


def paste(block: Block) -> str:
    """Return the complaint of Python's own shell when the block is pasted, or an empty
    text. At the end of the block a reader presses Enter.
    """
    lines = block.text.splitlines()
    if block.kind == "pycon":
        lines = [line[4:] for line in lines if line.startswith((">>>", "..."))]
    pending: list[str] = []
    for line in [*lines, ""]:
        pending.append(line)
        try:
            if compile_command("\n".join(pending)):
                pending = []
        except SyntaxError as error:
            return f"{error}: {line}"
    return "\n".join(pending).strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_installing_does_not_name_the_index(page: Path) -> None:
    assert not re.findall(r"pip install '?django-sequere", page.read_text())


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


def test_links_of_the_package_page_lead_to_headings() -> None:
    links = re.findall(r"\]\(docs/([\w-]+\.md)#([^)]*)\)", README.read_text())
    assert links
    for page, anchor in links:
        headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / page).read_text(), re.M)
        assert anchor in map(slug, headings)
