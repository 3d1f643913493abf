"""A refused visitor sees a message, and the state does not change."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from sequere import api
from sequere.api import follow, is_following
from sequere.exceptions import BackendUnavailable
from sequere.registration import registry
from tests.browser.browsing import Browse, button, expect_followed, message
from tests.testapp.models import Project

OFFLINE = "You are offline."
FAILED = "Something went wrong. Reload the page and try again."
FORBIDDEN = "You are not allowed to follow this."
TOO_FAST = "You are following too fast. Try again in 7 seconds."
AWAY = "This service is not available right now. Try again later."


class Refuse:
    """Lets the server refuse, until the end of the test or until `stop()`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch
        self.options = registry.get_for_model(Project).options
        self.stop = monkeypatch.undo

    def __call__(self, status: int) -> None:
        getattr(self, f"_{status}")()

    def _403(self) -> None:
        self.patch.setattr(self.options, "can_follow", lambda *args: False)

    def _429(self) -> None:
        self.patch.setattr(self.options, "throttle", lambda *args: 7)

    def _500(self) -> None:
        self.patch.setattr(
            api, "attempt_follow", fail_with(RuntimeError("as it should"))
        )

    def _503(self) -> None:
        self.patch.setattr(api, "attempt_follow", fail_with(BackendUnavailable("away")))


def fail_with(error: Exception) -> Any:
    def fail(*args: object) -> NoReturn:
        raise error

    return fail


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    return Refuse(monkeypatch)


@pytest.mark.parametrize(
    ("status", "text"),
    [(403, FORBIDDEN), (429, TOO_FAST), (500, FAILED), (503, AWAY)],
)
def test_a_refusal_is_said_and_undone(
    browse: Browse,
    visitor: User,
    project: Project,
    refuse: Refuse,
    status: int,
    text: str,
) -> None:
    page = browse()
    browse.expect_complaint(f"status of {status}")
    # Screen readers announce a live region only if it existed before its text.
    expect(message(page, project)).to_have_text("")
    refuse(status)
    button(page, project).click()
    expect(message(page, project)).to_have_text(text)
    expect_followed(page, project, False)
    expect(button(page, project)).to_be_focused()
    assert not is_following(visitor, project)
    refuse.stop()
    button(page, project).click()
    expect_followed(page, project)
    expect(message(page, project)).to_have_text("")
    assert is_following(visitor, project)


@pytest.mark.parametrize(
    ("status", "text"), [(403, FORBIDDEN), (429, TOO_FAST), (503, AWAY)]
)
def test_a_refusal_is_a_page_without_a_script(
    browse: Browse, project: Project, refuse: Refuse, status: int, text: str
) -> None:
    page = browse("/plain/")
    browse.expect_complaint(f"status of {status}")
    refuse(status)
    button(page, project).click()
    expect(page.get_by_role("alert")).to_have_text(text)
    page.get_by_role("link", name="Go back").click()
    page.wait_for_url("**/plain/")
    expect_followed(page, project, False)


@pytest.mark.parametrize("followed", [False, True])
def test_offline_and_online_again(
    browse: Browse, visitor: User, project: Project, followed: bool
) -> None:
    if followed:
        follow(visitor, project)
    page = browse()
    browse.expect_complaint("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    button(page, project).click()
    expect(message(page, project)).to_have_text(OFFLINE)
    expect_followed(page, project, followed)
    assert is_following(visitor, project) == followed
    page.context.set_offline(False)
    button(page, project).click()
    expect_followed(page, project, not followed)
    expect(message(page, project)).to_have_text("")
    assert is_following(visitor, project) != followed


def test_an_answer_that_is_lost(browse: Browse, project: Project) -> None:
    page = browse()
    browse.expect_complaint("ERR_CONNECTION_RESET")
    page.route("**/follow/**", lambda route: route.abort("connectionreset"))
    button(page, project).click()
    expect(message(page, project)).to_have_text(FAILED)
    expect_followed(page, project, False)
    page.unroute_all()
    button(page, project).click()
    expect_followed(page, project)


def test_a_project_that_is_gone(browse: Browse, project: Project) -> None:
    page = browse()
    browse.expect_complaint("status of 404")
    Project.objects.filter(pk=project.pk).delete()
    button(page, project).click()
    expect(message(page, project)).to_have_text("This page does not exist.")
    expect_followed(page, project, False)
