"""The button for a target with requests, and for a target that the visitor blocks."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from sequere.api import accept, block, follow, follow_states, is_blocking
from sequere.registration import registry
from tests.browser.access import violations
from tests.browser.browsing import (
    Browse,
    button,
    buttons,
    expect_answered,
    expect_followed,
    message,
)
from tests.browser.test_button import PLAIN
from tests.browser.test_keyboard import tab_to
from tests.testapp.models import Project

WORDS = {
    "requested": ("Requested", "Requested to follow"),
    "blocked": ("Unblock", "Unblock"),
}


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects approve their followers."""
    options = registry.get_for_model(Project).options
    monkeypatch.setattr(options, "approval", lambda project: True)


def expect_state(page: Page, project: Project, state: str) -> None:
    text, name = WORDS[state]
    for each in buttons(page, project).all():
        expect(each).to_have_attribute("data-state", state)
        expect(each).to_have_text(text)
        expect(each).to_have_accessible_name(f"{name} {project}")


def shown(found: Locator) -> Any:
    """Return the visible word of the button, by its opacity and visibility."""
    return found.evaluate(
        """button => {
            const after = getComputedStyle(button, "::after");
            const word = getComputedStyle(button.firstElementChild);
            const isAfter = after.content !== "none" && after.visibility === "visible";
            if (isAfter === (word.opacity === "1")) return "both, or none";
            return isAfter ? button.dataset.unfollow : button.innerText;
        }"""
    )


@pytest.mark.parametrize(("path", "options"), [("/", {}), *PLAIN])
@pytest.mark.usefixtures("asking")
def test_a_request_and_its_end(
    browse: Browse, visitor: User, project: Project, path: str, options: dict[str, Any]
) -> None:
    page = browse(path, **options)
    button(page, project).click()
    expect_state(page, project, "requested")
    assert follow_states(visitor, [project])[project].requested
    button(page, project).click()
    expect_followed(page, project, False)
    expect_answered(page, project)
    assert not follow_states(visitor, [project])[project].requested


@pytest.mark.usefixtures("asking")
def test_an_accepted_request(browse: Browse, visitor: User, project: Project) -> None:
    page = browse()
    button(page, project).click()
    expect_state(page, project, "requested")
    assert violations(page) == []
    accept(project, visitor)
    page.reload()
    expect_followed(page, project)


@pytest.mark.parametrize(("path", "options"), [("/", {}), *PLAIN])
def test_a_block_is_lifted(
    browse: Browse, visitor: User, project: Project, path: str, options: dict[str, Any]
) -> None:
    block(visitor, project)
    page = browse(path, **options)
    expect_state(page, project, "blocked")
    expect(button(page, project)).not_to_have_attribute("aria-pressed", "true")
    button(page, project).click()
    expect_followed(page, project, False)
    expect_answered(page, project)
    assert not is_blocking(visitor, project)


def test_accessible_when_blocked(
    browse: Browse, visitor: User, project: Project
) -> None:
    block(visitor, project)
    assert violations(browse()) == []


def test_a_blocked_visitor_is_told_what_a_missing_project_is(
    browse: Browse, visitor: User, project: Project
) -> None:
    block(project, visitor)
    page = browse()
    browse.expect_complaint("status of 404")
    button(page, project).click()
    expect(message(page, project)).to_have_text("This page does not exist.")
    expect_followed(page, project, False)


@pytest.mark.parametrize("path", ["/", "/plain/"])
def test_following_becomes_unfollow(
    browse: Browse, visitor: User, project: Project, path: str
) -> None:
    follow(visitor, project)
    page = browse(path)
    found = button(page, project)
    before, place = shown(found), found.bounding_box()
    assert before == "Following"
    found.hover()
    expect_unfollow(page, project, place)
    page.mouse.move(0, 0)
    assert shown(found) == "Following"
    tab_to(page, found)
    expect_unfollow(page, project, place)
    page.keyboard.press("Tab")
    assert shown(found) == "Following"


def expect_unfollow(page: Page, project: Project, place: Any) -> None:
    found = button(page, project)
    assert shown(found) == "Unfollow"
    expect(found).to_have_accessible_name(f"Following {project}")
    assert found.bounding_box() == place
    assert violations(page) == []


def test_a_click_is_confirmed_before_it_can_be_undone(
    browse: Browse, project: Project
) -> None:
    page = browse()
    found = button(page, project)
    found.click()
    expect_followed(page, project)
    expect(found).to_have_attribute("aria-busy", "false")
    assert shown(found) == "Following"
    page.mouse.move(0, 0)
    expect(found).not_to_have_attribute("data-fresh", "")
    found.hover()
    assert shown(found) == "Unfollow"
