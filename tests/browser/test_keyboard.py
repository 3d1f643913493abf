"""The button can be used without a mouse."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from sequere.api import is_following
from tests.browser.browsing import Browse, button, expect_followed
from tests.testapp.models import Project

TABS = 20


def tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("Tab does not get there.")


@pytest.mark.parametrize("key", ["Space", "Enter"])
@pytest.mark.parametrize("path", ["/", "/plain/"])
def test_a_key_presses_the_button(
    browse: Browse, visitor: User, project: Project, path: str, key: str
) -> None:
    page = browse(path)
    for followed in (True, False):
        tab_to(page, button(page, project))
        page.keyboard.press(key)
        expect_followed(page, project, followed)
        assert is_following(visitor, project) == followed
        if path == "/":
            expect(button(page, project)).to_be_focused()
            page.evaluate("document.activeElement.blur()")


def test_the_focus_is_seen(browse: Browse, project: Project) -> None:
    page = browse()
    tab_to(page, button(page, project))
    assert button(page, project).evaluate(
        """element => {
            const { outlineStyle, outlineWidth } = getComputedStyle(element);
            const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
            return element.matches(":focus-visible") && isSeen;
        }"""
    )


def test_a_key_that_is_held_is_pressed_once(
    browse: Browse, visitor: User, project: Project
) -> None:
    page = browse()
    button(page, project).focus()
    page.keyboard.down("Enter")
    expect_followed(page, project)
    expect(button(page, project)).to_have_attribute("aria-busy", "false")
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect_followed(page, project)
    page.keyboard.press("Enter")
    expect_followed(page, project, False)


def test_the_order_is_that_of_the_page(browse: Browse, projects: list[Project]) -> None:
    page = browse()
    for project in projects:
        tab_to(page, page.get_by_role("link", name=str(project)))
        page.keyboard.press("Tab")
        expect(button(page, project)).to_be_focused()
