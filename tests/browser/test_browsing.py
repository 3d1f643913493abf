"""The helpers of the browser tests notice errors."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error

from tests.browser.browsing import Browse


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('of its own')", "of its own"),
        ("fetch('/missing/')", "status of 404"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security"),
        ("fetch('https://example.com/').catch(() => 0)", "Content Security"),
    ],
)
def test_complaints_are_heard(browse: Browse, script: str, complaint: str) -> None:
    page = browse()
    with page.expect_console_message():
        page.evaluate(f"() => {{ {script} }}")
    assert any(complaint in text for text in browse.complaints)
    browse.expect_complaint(complaint)


def test_errors_are_heard(browse: Browse) -> None:
    page = browse()
    with page.context.expect_event("weberror"):
        page.evaluate("setTimeout(() => { throw new Error('as it should') })")
    assert any("as it should" in text for text in browse.complaints)
    browse.expect_complaint("as it should")


def test_nothing_else_is_found(browse: Browse) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        browse("http://example.com/")
