"""Checks of every page and of the style sheet."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

from django.conf import settings
from django.test import SimpleTestCase

from demo import figures
from demo.headers import POLICY
from demo.models import Account, Import
from demo.tests.sample import SampleTestCase, accounts
from demo.tests.test_figures import ROWS
from sequere.models import block, mute

DEMO = settings.EXAMPLE / "demo"
STYLE = "".join(
    file.read_text() for file in sorted(DEMO.glob("static/demo/*.css"))[::-1]
)
VOID = {"input", "link", "meta", "img"}

#: A colour, its background and their least contrast. WCAG asks for 4.5 for text.
CONTRASTS = [
    ("ink", "page", 4.5),
    ("ink", "card", 4.5),
    ("ink", "tint", 4.5),
    ("quiet", "page", 4.5),
    ("quiet", "card", 4.5),
    ("accent", "page", 4.5),
    ("accent", "card", 4.5),
    ("accent", "tint", 4.5),
    ("accent-ink", "accent", 4.5),
    ("stop", "card", 4.5),
    ("edge", "card", 3),
    ("second", "card", 3),
]


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def headings(self) -> list[int]:
        return [int(t[1]) for t, _ in self.elements if re.fullmatch("h[1-6]", t)]

    def ids(self) -> list[str]:
        return [str(a["id"]) for _, a in self.elements if "id" in a]


class EveryPageTest(SampleTestCase):
    PATHS = (
        "/",
        "/people/",
        "/topics/",
        "/graph/",
        "/you/",
        "/you/requests/",
        "/you/blocked/",
        "/you/muted/",
        "/account/2/",
        "/account/4/",
        "/search/?q=xx",
        "/search/?q=person",
        "/account/1/",
        "/account/1/followings/",
        "/account/1/friends/",
        "/account/3/friends/",
        "/topic/music/",
        "/nothing/",
        "/account/1/?after=x",
    )

    def setUp(self) -> None:
        super().setUp()
        found = figures.dump(figures.gather(ROWS))
        Import.objects.create(rows=6, complete=True, figures=found)

    def test_as_no_one(self) -> None:
        self.check_all()

    def test_as_an_account(self) -> None:
        self.hub.follow(self.music)
        self.visitor.follow(self.hub)
        self.lonely.follow(self.visitor)
        Account.objects.bulk_create(accounts(range(4, 7)))
        asking, blocked, muted = Account.objects.filter(pk__in=range(4, 7))
        block(self.visitor, blocked)
        mute(self.visitor, muted)
        Account.objects.filter(pk__in=(2, 5)).update(is_private=True)
        asking.follow(self.visitor)
        self.act_as(self.visitor)
        self.check_all()

    def check_all(self) -> None:
        for path in self.PATHS:
            response = self.client.get(path, follow=True)
            with self.subTest(path):
                self.assertEqual(response["Content-Security-Policy"], POLICY)
                self.check(response.content.decode())

    def check(self, text: str) -> None:
        page = Page(text)
        self.assertRegex(text, r"<title>\S.* · sequere</title>")
        for landmark in ("header", "main", "nav", "footer"):
            self.assertTrue(page.all(landmark), landmark)
        self.assertEqual(page.all("a")[0]["href"], "#main")
        self.assertEqual(page.headings().count(1), 1)
        self.assertEqual(page.headings()[0], 1)
        self.assertTrue(all(b - a <= 1 for a, b in pairwise(page.headings())))
        ids = page.ids()
        self.assertEqual(len(ids), len(set(ids)), sorted(ids))
        labels = {each.get("for") for each in page.all("label")}
        for field in page.all("input"):
            self.assertTrue(field.get("type") == "hidden" or field["id"] in labels)
        for _, attributes in page.elements:
            self.assertNotIn("style", attributes)
            self.assertFalse([name for name in attributes if name.startswith("on")])
            for name in ("aria-labelledby", "aria-describedby"):
                self.assertLessEqual({*(attributes.get(name) or "").split()}, {*ids})
        self.assertTrue(all("src" in script for script in page.all("script")))
        self.assertFalse(page.all("style"))

    def test_the_current_page(self) -> None:
        for path in ("/", "/people/", "/topics/", "/graph/"):
            text = self.fetch(path)
            self.assertEqual(text.count("aria-current"), 1)
            self.assertIn(f'<a href="{path}" aria-current="page">', text)


class AssetsTest(SimpleTestCase):
    def test_nothing_comes_from_elsewhere(self) -> None:
        files = [*DEMO.glob("templates/**/*.html"), *DEMO.glob("static/**/*")]
        for file in filter(lambda file: file.is_file(), files):
            # This address is the name of a namespace. Browsers do not fetch it.
            text = file.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
            with self.subTest(file.name):
                self.assertNotRegex(text, r"https?:|[\"'(]//|@import|url\(")

    def test_for_print_and_for_visitors_who_want_no_motion(self) -> None:
        self.assertIn("@media print", STYLE)
        self.assertIn("prefers-reduced-motion: reduce", STYLE)

    def test_either_direction_of_writing(self) -> None:
        self.assertNotRegex(
            STYLE, r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:l|r)"
        )
        self.assertNotRegex(STYLE, r"[{;\s](?:left|right|float):")


class ColoursTest(SimpleTestCase):
    def test_light_and_dark_can_be_read(self) -> None:
        light, dark = re.findall(r":root \{(.+?)\}", STYLE, re.DOTALL)[:2]
        self.assertIn("(prefers-color-scheme: dark) {\n  :root", STYLE)
        for scheme in (light, dark):
            colours = dict(re.findall(r"--([\w-]+): #(\w+);", scheme))
            for text, ground, wanted in CONTRASTS:
                with self.subTest(text=text, ground=ground, dark=scheme is dark):
                    found = contrast(colours[text], colours[ground])
                    self.assertGreaterEqual(found, wanted)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = "".join(2 * digit for digit in colour) if len(colour) == 3 else colour
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
