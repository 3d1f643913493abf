"""A visitor who is no longer logged in, who has several tabs, or who goes back."""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from sequere.api import follow, is_following, unfollow
from tests.browser.browsing import Browse, button, expect_followed, message
from tests.browser.gate import Gate
from tests.testapp.models import Project

LOGIN = re.compile(r"/login/\?next=")


def log_in(page: Page) -> None:
    page.get_by_label("Username").fill("visitor")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()


def test_a_stranger_logs_in_and_is_back(browse: Browse, project: Project) -> None:
    page = browse("/?sort=name", logged_in=False)
    page.get_by_role("link", name=f"Follow {project}").last.click()
    log_in(page)
    page.wait_for_url("**/?sort=name")
    expect_followed(page, project, False)


def test_whose_login_has_expired_logs_in_anew(
    browse: Browse, visitor: User, project: Project
) -> None:
    page = browse("/?sort=name")
    browse.expect_complaint("status of 403")
    Session.objects.all().delete()
    button(page, project).click()
    page.wait_for_url(LOGIN)
    assert not is_following(visitor, project)
    log_in(page)
    page.wait_for_url("**/?sort=name")
    button(page, project).click()
    expect_followed(page, project)


def test_without_a_script_the_same(
    browse: Browse, visitor: User, project: Project
) -> None:
    page = browse("/plain/")
    Session.objects.all().delete()
    button(page, project).click()
    page.wait_for_url(LOGIN)
    log_in(page)
    page.wait_for_url("**/plain/")
    assert not is_following(visitor, project)


def test_a_second_tab_that_shows_what_was(
    browse: Browse, visitor: User, project: Project
) -> None:
    one = browse()
    other = one.context.new_page()
    other.goto("/")
    for followed in (True, False):
        button(one, project).click()
        expect_followed(one, project, followed)
        expect_followed(other, project, not followed)
        # The form names an action, so an outdated tab does not undo it.
        button(other, project).click()
        expect_followed(other, project, followed)
        assert is_following(visitor, project) == followed


def test_two_visitors_at_once(browse: Browse, project: Project, gate: Gate) -> None:
    one = browse()
    browse.visitor = User.objects.create_user("another")
    other = browse()
    for page in (one, other):
        button(page, project).click()
        expect(button(page, project)).to_have_attribute("aria-busy", "true")
    gate.open_and_wait(2)
    for page in (one, other):
        expect(button(page, project)).to_have_attribute("aria-busy", "false")
        page.reload()
        expect_followed(page, project, followers=2)


def test_a_token_that_was_replaced(
    browse: Browse, visitor: User, project: Project
) -> None:
    page = browse()
    browse.expect_complaint("status of 403")
    # A login in another tab replaces the session.
    page.context.clear_cookies(name="csrftoken")
    other = page.context.new_page()
    other.goto("/login/")
    log_in(other)
    other.wait_for_url("**/")
    button(page, project).click()
    expect(message(page, project)).to_contain_text("Reload the page")
    expect_followed(page, project, False)
    page.reload()
    button(page, project).click()
    expect_followed(page, project)
    assert is_following(visitor, project)


def test_a_page_that_is_gone_back_to(
    browse: Browse, visitor: User, project: Project
) -> None:
    page = browse()
    page.evaluate("window.isKept = true")
    button(page, project).click()
    expect_followed(page, project)
    page.get_by_role("link", name=str(project)).click()
    page.wait_for_url("**/projects/*/")
    # The page comes from the browser's back/forward cache, so it is as it was left.
    page.go_back(wait_until="commit")
    assert page.evaluate("window.isKept")
    expect_followed(page, project)
    button(page, project).click()
    expect_followed(page, project, False)
    assert not is_following(visitor, project)


def test_a_page_that_is_left_while_it_waits(
    browse: Browse, visitor: User, project: Project, gate: Gate
) -> None:
    page = browse()
    button(page, project).click()
    expect(button(page, project)).to_have_attribute("aria-busy", "true")
    page.goto("/login/")
    gate.open_and_wait()
    page.goto("/")
    expect_followed(page, project)
    assert is_following(visitor, project)


def test_a_page_that_is_loaded_anew_shows_what_is(
    browse: Browse, visitor: User, project: Project
) -> None:
    """Browsers like to restore the old values of fields, but they must not here."""
    page = browse("/plain/")
    follow(visitor, project)
    page.reload()
    expect_followed(page, project)
    unfollow(visitor, project)
    page.reload()
    button(page, project).click()
    expect_followed(page, project)


def test_a_page_that_is_left_while_it_waits_and_gone_back_to(
    browse: Browse, visitor: User, project: Project, gate: Gate
) -> None:
    page = browse()
    page.evaluate("window.isKept = true")
    button(page, project).click()
    expect(button(page, project)).to_have_attribute("aria-busy", "true")
    page.get_by_role("link", name=str(project)).click()
    page.wait_for_url("**/projects/*/")
    gate.open_and_wait()
    page.go_back(wait_until="commit")
    assert page.evaluate("window.isKept")
    expect_followed(page, project)
    expect(button(page, project)).to_have_attribute("aria-busy", "false")
    button(page, project).click()
    expect_followed(page, project, False)


def test_a_page_that_is_gone_back_to_and_was_not_kept(
    browse: Browse, visitor: User, project: Project
) -> None:
    page = browse()
    page.evaluate("addEventListener('unload', () => { window.isKept = true })")
    button(page, project).click()
    expect_followed(page, project)
    page.get_by_role("link", name=str(project)).click()
    page.wait_for_url("**/projects/*/")
    page.go_back()
    assert not page.evaluate("window.isKept")
    # The page may come from the HTTP cache and show an old state. Its button still does
    # what its label says.
    says = button(page, project).get_attribute("aria-pressed")
    button(page, project).click()
    expect_followed(page, project, says == "false")
    assert is_following(visitor, project) == (says == "false")
