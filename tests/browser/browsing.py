"""How the tests open pages, and how they read them."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from sequere.registration import registry
from tests.testapp.models import Project

# The machine may be busy with all the other tests.
PATIENCE = 20_000

expect.set_options(timeout=PATIENCE)


class Browse:
    """Opens pages for visitors. At the end, no page may have reported an error.

    The browser's console shows scripts that fail, missing files, and violations of the
    content security policy.
    """

    def __init__(self, chromium: Browser, origin: str, visitor: User) -> None:
        self.chromium, self.origin, self.visitor = chromium, origin, visitor
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def __call__(
        self, path: str = "/", *, logged_in: bool = True, **options: Any
    ) -> Page:
        """Open a page in a new profile. `options` are those of browser contexts."""
        context = self.chromium.new_context(
            base_url=self.origin, **{"locale": "en-US", **options}
        )
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("weberror", lambda error: self._hear("error", str(error.error)))
        self.contexts.append(context)
        if logged_in:
            context.add_cookies([self._session()])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(path)
        return page

    def expect_complaint(self, text: str) -> None:
        self.expected.append(text)

    def __enter__(self) -> Browse:
        return self

    def __exit__(self, *exc: object) -> None:
        for context in self.contexts:
            context.close()
        unexpected = [
            text
            for text in self.complaints
            if not any(expected in text for expected in self.expected)
        ]
        assert not unexpected, unexpected

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _session(self) -> dict[str, str]:
        client = Client()
        client.force_login(self.visitor)
        name = settings.SESSION_COOKIE_NAME
        return {"name": name, "value": client.cookies[name].value, "url": self.origin}


def forms(page: Page, project: Project) -> Locator:
    ref = registry.ref(project)
    return page.locator(f'form[data-sequere-follow="{ref}"]')


def buttons(page: Page, project: Project) -> Locator:
    return forms(page, project).get_by_role("button")


def button(page: Page, project: Project) -> Locator:
    """Return the last button; on a page with two, it is the one in the list."""
    return buttons(page, project).last


def message(page: Page, project: Project) -> Locator:
    return forms(page, project).last.get_by_role("status")


def expect_followed(
    page: Page, project: Project, followed: bool = True, followers: int | None = None
) -> None:
    """Assert that all buttons of the project show the state in every way."""
    followers = int(followed) if followers is None else followers
    word = "Following" if followed else "Follow"
    plural = "" if followers == 1 else "s"
    for each in forms(page, project).all():
        found = each.get_by_role("button")
        expect(found).to_have_attribute("aria-pressed", str(followed).lower())
        expect(found).to_have_text(word)
        expect(found).to_have_accessible_name(f"{word} {project}")
        expect(each).to_contain_text(re.compile(rf"\b{followers} follower{plural}\b"))


def expect_answered(page: Page, project: Project) -> None:
    """Wait for the answer of the server: the button shows the new state before it."""
    for each in buttons(page, project).all():
        expect(each).not_to_have_attribute("aria-busy", "true")


def expect_no_sideways_scrolling(page: Page) -> None:
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
