"""One button, with a script and without, and with many clicks."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from sequere.api import follow, is_following
from tests.browser.browsing import Browse, button, buttons, expect_followed
from tests.browser.gate import Gate
from tests.testapp.models import Project

#: The two ways to be without a script: it is not served, or JavaScript is off.
PLAIN: list[tuple[str, dict[str, Any]]] = [
    ("/plain/", {}),
    ("/", {"java_script_enabled": False}),
]


def test_a_click_changes_all_buttons_of_an_object_in_place(
    browse: Browse, visitor: User, projects: list[Project]
) -> None:
    page = browse("/?sort=name")
    page.evaluate("window.isSame = true")
    project, *others = projects
    assert buttons(page, project).count() == 2
    for followed in (True, False, True):
        button(page, project).click()
        expect_followed(page, project, followed)
        expect(button(page, project)).to_be_focused()
        assert is_following(visitor, project) == followed
    for other in others:
        expect_followed(page, other, False)
    assert page.evaluate("window.isSame")
    assert page.url.endswith("/?sort=name")


def test_a_click_shows_at_once(browse: Browse, project: Project, gate: Gate) -> None:
    page = browse()
    clicked, other = button(page, project), buttons(page, project).first
    clicked.click()
    for each in (clicked, other):
        expect(each).to_have_attribute("aria-pressed", "true")
        expect(each).to_have_attribute("aria-busy", "true")
        expect(each).to_be_enabled()
    gate.open()
    expect_followed(page, project)
    expect(clicked).to_have_attribute("aria-busy", "false")


def test_the_page_hears_of_a_change(browse: Browse, project: Project) -> None:
    page = browse()
    page.evaluate(
        "addEventListener('sequere:change', ({ detail }) => { window.heard = detail })"
    )
    button(page, project).click()
    expect_followed(page, project)
    heard = page.evaluate("window.heard")
    assert heard["is_following"] is True
    assert heard["projet_followings_count"] == 1


@pytest.mark.parametrize(("path", "options"), PLAIN)
def test_without_a_script_the_page_is_loaded_anew(
    browse: Browse,
    visitor: User,
    project: Project,
    path: str,
    options: dict[str, Any],
) -> None:
    page = browse(f"{path}?sort=name", **options)
    for followed in (True, False):
        button(page, project).click()
        expect_followed(page, project, followed)
        assert is_following(visitor, project) == followed
        assert page.url.endswith(f"{path}?sort=name")


@pytest.mark.parametrize("clicks", [2, 3])
@pytest.mark.parametrize("followed", [False, True])
def test_a_double_click_is_a_click(
    browse: Browse, visitor: User, project: Project, clicks: int, followed: bool
) -> None:
    if followed:
        follow(visitor, project)
    page = browse()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    # The clicks are so slow that the server can answer the first before the second.
    button(page, project).click(click_count=clicks, delay=150)
    expect_followed(page, project, not followed)
    expect(button(page, project)).to_have_attribute("aria-busy", "false")
    assert is_following(visitor, project) != followed
    assert sent.count("POST") == 1


@pytest.mark.parametrize(("path", "options"), PLAIN)
def test_a_double_click_is_a_click_without_a_script(
    browse: Browse,
    visitor: User,
    project: Project,
    path: str,
    options: dict[str, Any],
) -> None:
    page = browse(path, **options)
    button(page, project).dblclick()
    expect_followed(page, project)
    assert is_following(visitor, project)


def test_no_second_request_while_one_is_under_way(
    browse: Browse, visitor: User, projects: list[Project], gate: Gate
) -> None:
    project, another, _ = projects
    page = browse()
    for each in (*buttons(page, project).all(), button(page, project)):
        each.click()
    # The button of another object does not have to wait.
    button(page, another).click()
    expect(button(page, another)).to_have_attribute("aria-busy", "true")
    gate.open()
    expect_followed(page, project)
    expect_followed(page, another)
    assert gate.arrived == 2
