"""The page of an author in docs/tutorial.md."""

from __future__ import annotations

from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.browser.browsing import Browse, button, expect_followed
from tests.browser.site.views import tutorial_page
from tests.testapp.models import Project


def test_the_list_follows_the_button(
    browse: Browse, visitor: User, project: Project
) -> None:
    page = browse(f"/tutorial/{project.pk}/")
    script = tutorial_page().partition("<script>")[2].partition("</script>")[0]
    page.evaluate(script + "window.isSame = true")
    items = page.locator("#followers li")
    expect(items).to_have_count(0)
    for followed in (True, False, True):
        button(page, project).click()
        expect_followed(page, project, followed)
        expect(items).to_have_count(int(followed))
    expect(items).to_contain_text(f"{visitor}, since")
    assert page.evaluate("window.isSame")


def test_the_list_stays_if_the_page_is_gone(browse: Browse, project: Project) -> None:
    page = browse(f"/tutorial/{project.pk}/")
    script = tutorial_page().partition("<script>")[2].partition("</script>")[0]
    page.evaluate(script)
    page.route("**/tutorial/**", lambda route: route.fulfill(status=404, body="gone"))
    browse.expect_complaint("404")
    with page.expect_response("**/tutorial/**"):
        button(page, project).click()
    expect_followed(page, project)
    expect(page.locator("#followers")).to_have_text("")
