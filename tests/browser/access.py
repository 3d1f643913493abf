from __future__ import annotations

from importlib.resources import files
from typing import Literal

from playwright.sync_api import Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def violations(page: Page) -> list[str]:
    """Return the violations that axe-core finds, in light and in dark colours."""
    page.evaluate(AXE)
    return [text for scheme in SCHEMES for text in _violations(page, scheme)]


def _violations(page: Page, scheme: Literal["light", "dark"]) -> list[str]:
    # Colours in a transition have no final contrast yet.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    # An empty list of passes means that axe-core has not looked at all.
    assert found["passes"]
    return [
        f"{scheme}: {rule['id']}: {node['failureSummary']} {node['html']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
