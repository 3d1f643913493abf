"""axe-core finds no violation on any page, in any state, in light or dark colours."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from sequere.api import follow
from tests.browser.access import SCHEMES, violations
from tests.browser.browsing import Browse, button, expect_followed, message
from tests.testapp.models import Project


@pytest.mark.parametrize("path", ["/", "/plain/", "/login/"])
@pytest.mark.parametrize("logged_in", [True, False])
def test_pages(browse: Browse, path: str, logged_in: bool) -> None:
    assert violations(browse(path, logged_in=logged_in)) == []


def test_a_list(browse: Browse, visitor: User, project: Project) -> None:
    follow(visitor, project)
    page = browse(f"/projects/{project.pk}/")
    expect(page.get_by_text("That is all.")).to_be_visible()
    assert violations(page) == []


def test_a_button(browse: Browse, project: Project) -> None:
    page = browse()
    button(page, project).click()
    expect_followed(page, project)
    assert violations(page) == []
    browse.expect_complaint("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    button(page, project).click()
    expect(message(page, project)).not_to_have_text("")
    assert violations(page) == []


def test_a_refusal(browse: Browse, project: Project) -> None:
    page = browse("/plain/")
    browse.expect_complaint("status of 404")
    Project.objects.filter(pk=project.pk).delete()
    button(page, project).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("locale", ["fr-FR", "he-IL"])
def test_other_languages(browse: Browse, locale: str) -> None:
    assert violations(browse(locale=locale)) == []


def test_the_test(browse: Browse) -> None:
    """axe-core finds a violation on a page that has one."""
    page = browse()
    page.evaluate(
        "document.querySelector('button').replaceChildren();"
        "document.querySelector('button').removeAttribute('aria-label')"
    )
    found = violations(page)
    for scheme in SCHEMES:
        assert any(text.startswith(f"{scheme}: button-name") for text in found)
