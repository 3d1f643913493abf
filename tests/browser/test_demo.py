"""Each page of the demo site, and the demo's own script."""

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

PHONES = [{"width": 320, "height": 568}, {"width": 390, "height": 844}]
#: The crawl ends at this number of kinds of pages.
MOST = 30
#: The height of one line of the header, in CSS pixels.
LINE = 64


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, demo(folder, "sqlite") as url:
        yield url


def visit(browse: Browse, site: str, **options: Any) -> Page:
    """Act as someone, and go to the first page."""
    page = browse(site, logged_in=False, **options)
    page.goto(urljoin(site, "you/"))
    page.locator("form[action$='/act/']").first.get_by_role("button").click()
    page.wait_for_url(lambda url: not url.endswith("/you/"))
    page.goto(site)
    return page


def kind(url: str) -> str:
    """Return the same for pages of the same kind."""
    return re.sub(r"(account|topic)/[^/]+", r"\1/*", urlsplit(url).path)


def pages(page: Page) -> Iterator[str]:
    """Go to one page of each kind that links lead to."""
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


def expect_one_line(page: Page, url: str) -> None:
    """The links and the visitor's name are on one line in the header."""
    bar, links, who = (
        page.locator(each).bounding_box() for each in (".bar", ".bar nav", ".who")
    )
    assert bar
    assert links
    assert who
    assert bar["height"] <= LINE, url
    assert links["x"] + links["width"] <= who["x"], url
    assert who["x"] + who["width"] <= bar["width"], url


def test_no_barriers(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    found = {url: violations(page) for url in pages(page)}
    assert {url: texts for url, texts in found.items() if texts} == {}


@pytest.mark.parametrize("viewport", PHONES)
def test_a_phone(browse: Browse, site: str, viewport: dict[str, int]) -> None:
    page = visit(browse, site, viewport=viewport, is_mobile=True, has_touch=True)
    for url in pages(page):
        for details in page.locator("details > summary").all():
            details.click()
        expect_no_sideways_scrolling(page)
        expect_one_line(page, url)


def test_a_phone_of_nobody_in_particular(browse: Browse, site: str) -> None:
    page = browse(site, logged_in=False, viewport=PHONES[0], is_mobile=True)
    expect_no_sideways_scrolling(page)
    expect_one_line(page, site)


def test_long_code_scrolls_in_its_box_below_the_tabs(browse: Browse, site: str) -> None:
    page = visit(browse, site, viewport=PHONES[1], is_mobile=True, has_touch=True)
    page.goto(urljoin(site, "topic/history/"))
    page.get_by_text("The calls behind this page").click()
    code = page.locator("details pre")
    expect(code).to_be_visible()
    assert code.evaluate("box => box.scrollWidth > box.clientWidth")
    assert code.evaluate("box => { box.scrollLeft = 40; return box.scrollLeft }") == 40
    tabs, box = page.locator(".tabs").bounding_box(), code.bounding_box()
    assert tabs
    assert box
    assert tabs["y"] + tabs["height"] <= box["y"]


def test_the_list_agrees_with_its_count(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    page.goto(urljoin(site, "topic/astronomy/"))
    tab, rows = page.locator("[data-tab=followers]"), page.locator("#list .row")
    button = page.locator(".actions button[aria-pressed]")
    expect(tab).to_have_text("0 followers")
    expect(page.get_by_text("has no followers yet")).to_be_visible()
    button.click()
    expect(tab).to_have_text("1 follower")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("You")
    expect(page.get_by_text("has no followers yet")).to_have_count(0)
    button.click()
    expect(tab).to_have_text("0 followers")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("has no followers yet")).to_be_visible()


def test_a_long_list_gets_its_newest_row(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    public = page.locator("#who-to-follow .row").filter(
        has_not=page.locator(".lock"), has_text="Followed by"
    )
    public.first.locator("a.name").click()
    rows = page.locator("#list .row")
    rows.nth(19).scroll_into_view_if_needed()
    expect(rows.nth(20)).to_be_attached()
    before = [row.get_attribute("id") for row in rows.all()]
    button = page.locator(".actions button[aria-pressed]")
    button.click()
    expect(rows.first).to_contain_text("You")
    after = [row.get_attribute("id") for row in rows.all()]
    assert after[1 : len(before) + 1] == before
    button.click()
    expect(rows.first).to_have_attribute("id", str(before[0]))


def test_a_row_that_was_unfollowed_can_be_followed_again(
    browse: Browse, site: str
) -> None:
    page = visit(browse, site)
    for slug in ("chess", "cooking"):
        page.goto(urljoin(site, f"topic/{slug}/"))
        page.locator(".actions button[aria-pressed]").click()
        expect(page.locator("[data-tab=followers]")).to_have_text("1 follower")
    page.locator(".who .chip").click()
    page.locator("[data-tab=followings]").click()
    row = page.locator("#followings-topic-cooking")
    expect(row).to_contain_text("since")
    row.get_by_role("button").click()
    expect(row).to_have_class("row gone")
    row.get_by_role("button").click()
    expect(row).to_have_class("row")
    row.get_by_role("button").click()
    expect(row).to_have_class("row gone")
    page.locator("#followings-topic-chess").get_by_role("button").click()
    expect(row).to_have_count(0)


def test_a_button(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    form = page.locator("form[data-sequere-follow]").first
    assert form.count()
    # The form is found by its name, because after the press it may not be the first.
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


def act_as(page: Page, site: str, path: str) -> None:
    """Act as the account or topic whose page is at `path`."""
    page.goto(urljoin(site, path))
    page.get_by_role("button", name="Act as this").click()
    expect(page.get_by_role("status").filter(has_text="You are")).to_be_visible()


def other_account(page: Page, site: str) -> str:
    """Go to an account that the visitor does not follow."""
    page.goto(urljoin(site, "people/"))
    rows = page.locator("ol.rows .row").filter(
        has=page.locator("button[aria-pressed=false]")
    )
    rows.first.locator("a.name").click()
    expect(page.locator(".profile .menu")).to_be_visible()
    return urlsplit(page.url).path


def choose(page: Page, name: str) -> None:
    page.locator(".menu summary").click()
    page.locator(".menu").get_by_role("button", name=name).click()


@pytest.mark.parametrize("scripts", [True, False])
def test_block_and_unblock(browse: Browse, site: str, scripts: bool) -> None:
    page = visit(browse, site, java_script_enabled=scripts)
    me = page.locator(".who .chip").get_attribute("href") or ""
    other = other_account(page, site)
    choose(page, "Block")
    expect(page.get_by_text("You block this account.")).to_be_visible()
    act_as(page, site, other)
    browse.expect_complaint("404")
    page.goto(urljoin(site, me))
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    page.goto(urljoin(site, "you/"))
    page.locator(f"form[action='{me}act/']").get_by_role("button").click()
    page.goto(urljoin(site, "you/blocked/"))
    row = page.locator("#list .row")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Unblock").click()
    expect(page.get_by_text("You do not block anyone.")).to_be_visible()


def test_a_menu_by_keyboard(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    other_account(page, site)
    summary = page.locator(".menu summary")
    first = page.locator(".menu").get_by_role("button", name="Mute for a day")
    summary.focus()
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(summary).to_be_focused()
    page.keyboard.press("Space")
    while not first.evaluate("button => button === document.activeElement"):
        page.keyboard.press("Tab")
        assert page.locator(".menu :focus").count(), "The menu has no such button."
    page.keyboard.press("Enter")
    expect(page.get_by_text("You mute this account until")).to_be_visible()
    choose(page, "Unmute")
    expect(page.get_by_text("You mute this account")).to_have_count(0)


@pytest.mark.parametrize("viewport", PHONES)
def test_a_menu_on_a_phone(browse: Browse, site: str, viewport: dict[str, int]) -> None:
    page = visit(browse, site, viewport=viewport, is_mobile=True, has_touch=True)
    other_account(page, site)
    page.locator(".menu summary").tap()
    for button in page.locator(".menu button").all():
        box = button.bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= viewport["width"]
        assert box["height"] >= 24
    expect_no_sideways_scrolling(page)
    assert violations(page) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_request_from_the_follow_to_the_answer(
    browse: Browse, site: str, scripts: bool
) -> None:
    page = visit(browse, site, java_script_enabled=scripts)
    me = page.locator(".who .chip").get_attribute("href") or ""
    switch = page.get_by_role("switch", name="Private account")
    page.goto(urljoin(site, "you/"))
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    # Each run has a topic that the visitor does not follow yet.
    asking = "topic/film/" if scripts else "topic/gardening/"
    for answer in ("Decline", "Accept"):
        act_as(page, site, asking)
        page.goto(urljoin(site, me))
        expect(page.locator("#list")).to_contain_text("Only followers see the lists.")
        page.locator(".actions form[data-sequere-follow] button").click()
        expect(page.get_by_text("who has not answered yet")).to_be_visible()
        act_as(page, site, me)
        page.goto(urljoin(site, "you/requests/"))
        expect(page.locator("#list .row")).to_have_count(1)
        page.get_by_role("button", name=answer).click()
        expect(page.get_by_text("Nobody is waiting for your answer.")).to_be_visible()
    page.goto(urljoin(site, me))
    expect(page.locator("#list .row").first).to_contain_text("#")
    page.locator("#list .row").first.get_by_role("button", name="Remove").click()
    expect(page.locator("#list .row").first).not_to_contain_text("#")
    page.goto(urljoin(site, "you/"))
    switch.press("Enter")
    expect(switch).to_have_attribute("aria-checked", "false")


def test_no_barriers_where_something_waits(browse: Browse, site: str) -> None:
    page = visit(browse, site)
    other = other_account(page, site)
    choose(page, "Mute for a day")
    expect(page.get_by_text("You mute this account until")).to_be_visible()
    page.goto(urljoin(site, "topic/music/"))
    choose(page, "Block")
    expect(page.get_by_text("You block this topic.")).to_be_visible()
    found = {}
    for path in ("topic/music/", "you/blocked/", "you/muted/", other):
        page.goto(urljoin(site, path))
        for menu in page.locator(".menu summary").all():
            menu.click()
        found[path] = violations(page)
    assert {path: texts for path, texts in found.items() if texts} == {}
    page.locator(".menu").get_by_role("button", name="Unmute").click()
    expect(page.get_by_text("You mute this account")).to_have_count(0)
    page.goto(urljoin(site, "topic/music/"))
    choose(page, "Unblock")
    expect(page.get_by_text("You block this topic.")).to_have_count(0)
