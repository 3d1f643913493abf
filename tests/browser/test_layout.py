"""The button on phones, and in other languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from sequere import api
from tests.browser.browsing import (
    Browse,
    button,
    buttons,
    expect_answered,
    expect_followed,
    expect_no_sideways_scrolling,
    message,
)
from tests.testapp.models import Project

PHONES = [ViewportSize(width=320, height=568), ViewportSize(width=390, height=844)]
#: WCAG 2.5.8, in CSS pixels.
TARGET = 24
LONG = "Une classe " * 12


def expect_large_enough(page: Page) -> None:
    targets = page.locator(".sequere-follow").locator("a, button")
    assert targets.count() > 0
    for target in targets.all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= TARGET


@pytest.mark.parametrize("viewport", PHONES)
@pytest.mark.parametrize("logged_in", [True, False])
def test_a_phone(browse: Browse, viewport: ViewportSize, logged_in: bool) -> None:
    page = browse(
        logged_in=logged_in, viewport=viewport, is_mobile=True, has_touch=True
    )
    expect_no_sideways_scrolling(page)
    expect_large_enough(page)


@pytest.mark.parametrize("viewport", PHONES)
def test_a_phone_that_shows_long_texts(
    browse: Browse,
    project: Project,
    viewport: ViewportSize,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Project.objects.filter(pk=project.pk).update(name=LONG)
    page = browse(viewport=viewport, is_mobile=True, has_touch=True)
    button(page, project).tap()
    expect(button(page, project)).to_have_attribute("aria-pressed", "true")
    monkeypatch.delattr(api, "unfollow")
    browse.expect_complaint("status of 500")
    expect(button(page, project)).to_have_attribute("aria-busy", "false")
    # A second tap here would count as a double tap.
    button(page, project).click()
    expect(message(page, project)).not_to_have_text("")
    expect_no_sideways_scrolling(page)
    expect_large_enough(page)


def test_french(browse: Browse, project: Project) -> None:
    page = browse(locale="fr-FR")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(button(page, project)).to_have_accessible_name(f"Suivre {project}")
    before = button(page, project).inner_text()
    button(page, project).click()
    expect(button(page, project)).not_to_have_text(before)
    # The script and the template show the same text.
    followed = button(page, project).inner_text()
    expect_answered(page, project)
    page.reload()
    expect(button(page, project)).to_have_text(followed)


def test_from_right_to_left(browse: Browse, project: Project) -> None:
    page = browse(locale="he-IL")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    button(page, project).click()
    expect_followed(page, project)
    count = page.locator(".sequere-count").last
    for found in (button(page, project), count, buttons(page, project).first):
        expect(found).to_be_in_viewport(ratio=1)
    right, left = button(page, project).bounding_box(), count.bounding_box()
    assert right
    assert left
    assert right["x"] > left["x"]
    expect_no_sideways_scrolling(page)
