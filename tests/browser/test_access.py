"""What axe-core finds: nothing, on each page, in each state, light and dark."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from sequere.api import follow
from tests.browser.browsing import Browse, button, expect_followed, message
from tests.testapp.models import Project

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Scheme = Literal["light", "dark"]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Any:
    return request.param


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    # Otherwise it has not looked at all.
    assert found["passes"]
    return [
        f"{rule['id']}: {node['failureSummary']} {node['html']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("path", ["/", "/plain/", "/login/"])
@pytest.mark.parametrize("logged_in", [True, False])
def test_pages(browse: Browse, scheme: Scheme, path: str, logged_in: bool) -> None:
    page = browse(path, logged_in=logged_in, color_scheme=scheme)
    assert violations(page) == []


def test_a_list(
    browse: Browse, scheme: Scheme, visitor: User, project: Project
) -> None:
    follow(visitor, project)
    page = browse(f"/projects/{project.pk}/", color_scheme=scheme)
    expect(page.get_by_text("That is all.")).to_be_visible()
    assert violations(page) == []


def test_a_button(browse: Browse, scheme: Scheme, project: Project) -> None:
    page = browse(color_scheme=scheme)
    button(page, project).click()
    expect_followed(page, project)
    assert violations(page) == []
    browse.expect_complaint("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    button(page, project).click()
    expect(message(page, project)).not_to_have_text("")
    assert violations(page) == []


def test_a_refusal(browse: Browse, scheme: Scheme, project: Project) -> None:
    page = browse("/plain/", color_scheme=scheme)
    browse.expect_complaint("status of 404")
    Project.objects.filter(pk=project.pk).delete()
    button(page, project).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


def test_other_languages(browse: Browse) -> None:
    for locale in ("fr-FR", "he-IL"):
        assert violations(browse(locale=locale)) == []


def test_the_test(browse: Browse) -> None:
    """It would see what is wrong."""
    page = browse()
    page.evaluate(
        "document.querySelector('button').replaceChildren();"
        "document.querySelector('button').removeAttribute('aria-label')"
    )
    assert any(text.startswith("button-name") for text in violations(page))
