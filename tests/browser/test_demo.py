"""The demo site: whatever its pages are, each of them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.access import violations
from tests.browser.browsing import Browse, expect_no_sideways_scrolling
from tests.example.serving import demo

PHONE = {"width": 320, "height": 568}
#: More kinds of pages than this is not what a demo should have.
MOST = 30


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, demo(folder, "sqlite") as url:
        yield url


def visit(browse: Browse, site: str, **options: Any) -> Page:
    """Its first page, for who acts as someone."""
    page = browse(site, logged_in=False, **options)
    page.goto(urljoin(site, "you/"))
    page.locator("form[action$='/act/']").first.get_by_role("button").click()
    page.wait_for_url(lambda url: not url.endswith("/you/"))
    page.goto(site)
    return page


def kind(url: str) -> str:
    """The same for pages that differ in what they are about only."""
    return re.sub(r"(account|topic)/[^/]+", r"\1/*", urlsplit(url).path)


def pages(page: Page) -> Iterator[str]:
    """Goes to one page of each kind that links lead to."""
    links, kinds = [page.url], set()
    while links:
        url = links.pop(0)
        if kind(url) in kinds:
            continue
        kinds.add(kind(url))
        page.goto(url)
        yield url
        found = page.evaluate("Array.from(document.links, link => link.href)")
        links += [link for link in found if link.startswith(urljoin(url, "/"))]
    assert 5 < len(kinds) < MOST


def test_no_barriers(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    found = {url: violations(page) for url in pages(page)}
    assert {url: texts for url, texts in found.items() if texts} == {}


def test_a_phone(browse: Browse, site: str) -> None:
    page = visit(browse, site, viewport=PHONE, is_mobile=True, has_touch=True)
    for _ in pages(page):
        expect_no_sideways_scrolling(page)


def test_a_button(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    form = page.locator("form[data-sequere-follow]").first
    assert form.count()
    # By its name: when it is pressed, the form may not be the first any more.
    ref = form.get_attribute("data-sequere-follow")
    button = page.locator(f'form[data-sequere-follow="{ref}"]').first.get_by_role(
        "button"
    )
    before = button.get_attribute("aria-pressed")
    after = "false" if before == "true" else "true"
    page.evaluate("window.isSame = true")
    for state in (after, str(before)):
        button.focus()
        page.keyboard.press("Space")
        expect(button).to_have_attribute("aria-pressed", state)
        expect(button).not_to_have_attribute("aria-busy", "true")
    assert page.evaluate("window.isSame")
