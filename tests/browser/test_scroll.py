"""docs/howto-infinite-scroll.md, in a browser."""

from __future__ import annotations

from playwright.sync_api import expect

from sequere.api import follow, unfollow
from tests.browser.browsing import Browse
from tests.testapp.models import Project
from tests.testapp.models import User as Reader


def test_to_the_end_without_repeats(browse: Browse, project: Project) -> None:
    readers = [Reader.objects.create(username=f"reader {n}") for n in range(50)]
    for reader in readers:
        follow(reader, project)
    # The window is so low that the end of the list is out of sight.
    page = browse(f"/projects/{project.pk}/", viewport={"width": 400, "height": 200})
    shown = page.get_by_role("list", name="Followers").get_by_role("listitem")
    # Meanwhile the list gets new members, and loses one that was shown and one that was
    # not shown yet.
    for length, newcomer, leaver in ((20, 51, 49), (40, 52, 3)):
        expect(shown).to_have_count(length)
        follow(Reader.objects.create(username=f"reader {newcomer}"), project)
        unfollow(readers[leaver], project)
        page.mouse.wheel(0, 100_000)
    expect(page.get_by_text("That is all.")).to_be_visible()
    wanted = [f"reader {n}" for n in reversed(range(50)) if n != 3]
    assert shown.all_inner_texts() == wanted


def test_a_list_of_nobody(browse: Browse, project: Project) -> None:
    page = browse(f"/projects/{project.pk}/")
    expect(page.get_by_text("That is all.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(0)
