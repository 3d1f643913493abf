"""All texts for visitors can be translated, and are translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import override_settings
from django.utils.translation.template import templatize

import sequere
from tests.endpoints import EndpointCase

SOURCE = Path(sequere.__file__).parent
LOCALES = sorted((SOURCE / "locale").iterdir())
CALLS = {"_", "gettext", "gettext_lazy", "pgettext", "ngettext", "ngettext_lazy"}
# templatize() leaves no Python, but it keeps the calls of gettext.
TEMPLATE_CALL = re.compile(r"\b(?:_|n?gettext)\((.*?)\)(?= |$)", re.MULTILINE)
STRING = r'"(?:[^"\\]|\\.)*"'

Message = tuple[str, ...]


def catalog(text: str) -> dict[Message, list[str]]:
    """Return each msgid of a .po file, with its plural and its msgstrs."""
    found: dict[Message, list[str]] = {}
    for entry in text.split("\n\n"):
        lines = re.findall(rf"^(msg\w+)(?:\[\d\])? ((?:{STRING}\n?)+)", entry, re.M)
        said = [
            (name, "".join(map(ast.literal_eval, re.findall(STRING, parts))))
            for name, parts in lines
        ]
        ids = tuple(text for name, text in said if name.startswith("msgid"))
        found[ids] = [text for name, text in said if name == "msgstr"]
    return found


def in_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
            yield tuple(
                each.value
                for each in node.args
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def in_template(text: str) -> Iterator[Message]:
    for arguments in TEMPLATE_CALL.findall(templatize(text)):
        strings = re.findall(rf"'(?:[^'\\]|\\.)*'|{STRING}", arguments)
        yield tuple(map(ast.literal_eval, strings))


def messages() -> set[Message]:
    found: set[Message] = set()
    for file in SOURCE.rglob("*.py"):
        found.update(in_python(file.read_text()))
    for file in (SOURCE / "templates").rglob("*.html"):
        found.update(in_template(file.read_text()))
    return found


def po(locale: Path) -> dict[Message, list[str]]:
    return catalog((locale / "LC_MESSAGES" / "django.po").read_text())


def mo(locale: Path) -> dict[Any, str]:
    with (locale / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return vars(GNUTranslations(file))["_catalog"]  # type: ignore[no-any-return]


def test_what_is_looked_for() -> None:
    found = messages()
    assert ("Follow",) in found
    assert ("Follow %(name)s",) in found
    assert ("%(count)s follower", "%(count)s followers") in found
    assert ("This list is private.",) in found


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.name)
def test_all_is_translated(locale: Path) -> None:
    translated = po(locale)
    del translated[("",)]
    assert set(translated) == messages()
    assert not [ids for ids, said in translated.items() if not all(said)]
    assert "fuzzy" not in (locale / "LC_MESSAGES" / "django.po").read_text()


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.name)
def test_variables_are_kept(locale: Path) -> None:
    for ids, said in po(locale).items():
        if ids != ("",):
            for text in said:
                # Templates put some of these texts into attributes without escaping.
                assert not set(text) & set('"<>&')
                assert set(re.findall(r"%\(\w+\)s", text)) == set(
                    re.findall(r"%\(\w+\)s", ids[-1])
                )


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: locale.name)
def test_what_is_compiled_is_what_is_written(locale: Path) -> None:
    """If this test fails, run: msgfmt -o django.mo django.po"""
    written: dict[Any, str] = {}
    for ids, said in po(locale).items():
        if len(ids) == 1:
            written[ids[0]] = said[0]
        else:
            written.update({(ids[0], n): text for n, text in enumerate(said)})
    assert mo(locale) == written


@override_settings(LANGUAGE_CODE="fr")
class FrenchTests(EndpointCase):
    def test_json(self) -> None:
        self.assertEqual(self.post(self.project).json()["followers_text"], "1 abonné")
        answer = self.post(self.visitor).json()
        self.assertEqual(
            answer, {"detail": "Vous ne pouvez pas vous suivre vous-même."}
        )

    def test_pages(self) -> None:
        text = "{% follow_button user project %}"
        page = self.render(text, user=self.visitor, project=self.project)
        self.assertIn('aria-label="Suivre La classe americaine"', page)
        self.assertIn('data-offline="Vous êtes hors ligne."', page)
        self.assertIn("Retour", render_to_string("sequere/refused.html"))
