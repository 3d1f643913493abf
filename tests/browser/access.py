from __future__ import annotations

from importlib.resources import files
from typing import Literal

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def violations(page: Page) -> list[str]:
    """What axe-core finds on a page, by day and by night."""
    page.evaluate(AXE)
    return [text for scheme in SCHEMES for text in _violations(page, scheme)]


def _violations(page: Page, scheme: Literal["light", "dark"]) -> list[str]:
    # Colours that are on their way to others have no contrast yet.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    # Otherwise it has not looked at all.
    assert found["passes"]
    return [
        f"{scheme}: {rule['id']}: {node['failureSummary']} {node['html']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
