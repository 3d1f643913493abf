"""The reference names everything that the code has, and nothing else."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.admin import ModelAdmin
from django.dispatch import Signal
from django.views import View

import sequere
from sequere import (
    checks,
    conf,
    exceptions,
    managers,
    mixin,
    models,
    questions,
    registration,
    signals,
    types,
    urls,
    web,
)
from sequere.admin import FollowAdminMixin
from sequere.backends.base import BaseBackend
from sequere.base import ModelBase
from sequere.contrib import drf
from sequere.contrib.drf import answers
from sequere.lists import ResourceList
from sequere.relations import FOLLOW, Relation
from sequere.templatetags import sequere_tags
from sequere.web.listing import VERBS
from tests import wheel
from tests.docs.blocks import ROOT, slug

SOURCE = Path(sequere.__file__).parent
DOCS = ROOT / "docs"
API = (DOCS / "reference-api.md").read_text()
CHECKS = (DOCS / "reference-checks.md").read_text()
ERRORS = (DOCS / "reference-errors.md").read_text()
ENDPOINTS = (DOCS / "reference-endpoints.md").read_text()
SETTINGS = (DOCS / "reference-settings.md").read_text()

ORDER = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def section(text: str, title: str) -> str:
    """Return the text below the heading that ends with `title`."""
    _, _, rest = text.partition(f"{title}\n\n")
    assert rest, title
    return re.split(r"^##", rest, flags=re.MULTILINE)[0]


def first_column(text: str) -> set[str]:
    """Return the names at the start of table rows. Of a call, return the part before
    "(".
    """
    return set(re.findall(r"^\| `(\w+)", text, re.MULTILINE))


def public(owner: Any) -> set[str]:
    return {name for name in vars(owner) if not name.startswith("_")}


def functions(owner: Any) -> set[str]:
    members = vars(owner).items()
    return {name for name, it in members if inspect.isfunction(it)} & public(owner)


def test_verbs() -> None:
    named = first_column(
        "".join(
            section(API, f"### {title}")
            for title in (
                *("Writing", "Requests", "Blocks and mutes", "Asking", "Counting"),
                *("Listing", "For asyncio"),
            )
        )
    )
    assert named | {"CountRow", "EdgeRow"} == set(models.__all__)
    assert not [name for name in models.__all__ if f"`{name}" not in API]


def test_arguments_of_verbs() -> None:
    for name in set(models.__all__) - {"CountRow", "EdgeRow"}:
        assert f"`{name}{arguments(getattr(models, name))}`" in API


def arguments(call: Callable[..., Any]) -> str:
    found = inspect.signature(call).parameters.values()
    plain = [each.replace(annotation=each.empty) for each in found]
    return str(inspect.Signature(plain))


def test_package() -> None:
    assert not [name for name in sequere.__all__ if f"`sequere.{name}" not in API]


def test_registry() -> None:
    text = section(API, "## Registration")
    assert first_column(text) == functions(registration.Registry)


def test_model_base() -> None:
    named = first_column(section(API, "`sequere.base.ModelBase`"))
    assert named == public(ModelBase)


def test_backend() -> None:
    text = section(API, "## Backends")
    methods, _, rest = text.partition("| question |")
    assert first_column(methods) == functions(BaseBackend)
    asked = re.findall(r"^\| `(\w+\(.*?\))`", rest, re.MULTILINE)
    assert set(asked) == {call_of(each) for each in named_questions()}
    flags = {name for name in public(BaseBackend) if name.startswith("supports_")}
    assert set(re.findall(r"`(supports_\w+)`", text)) == flags


def named_questions() -> list[type]:
    own = [it for it in vars(questions).values() if inspect.isclass(it)]
    return [it for it in own if hasattr(it, "hook")]


def call_of(question: type) -> str:
    """Return the call as users write it, without parameters for the backend alone."""
    found = inspect.signature(question).parameters.values()
    plain = [
        each.replace(annotation=each.empty)
        for each in found
        if each.name not in ("reason", "report", "barred")
    ]
    return f"{question.__name__}{inspect.Signature(plain)}"


def test_relations() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", section(API, "## Relations"), re.M)
    assert {method for method, _ in rows} == {
        name
        for name in dir(Relation)
        if not name.startswith("_")
        and not hasattr(Relation, name[1:])
        and callable(getattr(Relation, name))
    }
    for method, name in rows:
        assert getattr(models, name) == getattr(FOLLOW, method)


def test_hooks_of_backends() -> None:
    page = (DOCS / "howto-write-a-backend.md").read_text()
    named = first_column(section(page, "## 1. The class"))
    assert named == BaseBackend.__abstractmethods__


def test_mixin() -> None:
    text = section(API, "`sequere.mixin.SequereMixin`").partition(". ")[0]
    assert set(re.findall(r"`(\w+)`", text)) == functions(mixin.SequereMixin)


def test_lists() -> None:
    text = section(API, "`sequere.lists.ResourceList`")
    named = set(re.findall(r"`list\.(\w+)\(", text))
    assert named == functions(ResourceList)


def test_admin() -> None:
    text = section(API, "## Admin")
    rows = "".join(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))
    own = public(FollowAdminMixin) - public(ModelAdmin)
    assert set(re.findall(r"`(\w+)", rows)) == own


def test_rest_framework() -> None:
    text = section(API, "## Django REST framework")
    rows = dict(re.findall(r"^\| `(\w+)(?:\(\w+\))?` \| (.*) \|$", text, re.MULTILINE))
    assert rows.keys() - {*web.ACTIONS, *VERBS} == set(drf.__all__)
    fields = set(re.findall(r"`(\w+)`", rows["FollowStateMixin"]))
    assert fields == {*answers.STATES, *answers.COUNTS}
    named = set(re.findall(r"`(\w+)`", rows["FollowActionsMixin"]))
    assert named == {each.__name__ for each in drf.FollowViewSet.get_extra_actions()}


def test_statuses_of_the_rest_framework() -> None:
    page = (DOCS / "howto-drf.md").read_text()
    found = re.findall(r"^\| (\d+)", section(page, "## Errors"), re.MULTILINE)
    assert {*map(int, found)} - {401} == drf.errors.KINDS.keys()


def test_querysets() -> None:
    text = section(API, "## Querysets")
    found = functions(managers.FollowQuerySet)
    assert first_column(text) == found
    for name in found:
        call = arguments(getattr(managers.FollowQuerySet, name))
        assert f"`{name}{call.replace('self, ', '')}`" in text
    assert f"{managers.MAX_IDS:,}" in text


def test_signals() -> None:
    found = {name for name, it in vars(signals).items() if isinstance(it, Signal)}
    assert first_column(section(API, "## Signals")) == found


def test_types() -> None:
    own = {
        name
        for name, it in vars(types).items()
        if inspect.isclass(it) and it.__module__ == types.__name__
    }
    assert first_column(section(API, "## Types")) == own | {"Direction"}


def test_errors() -> None:
    tree = re.findall(r"^( *)- `(\w+)`(?:, also `(\w+)`)?$", ERRORS, re.MULTILINE)
    parents = {0: "Exception"}
    shown = {}
    for indent, name, also in tree:
        parents[len(indent) + 2] = name
        shown[name] = [parents[len(indent)], *([also] if also else [])]
    classes = {
        name: it
        for name, it in vars(exceptions).items()
        if inspect.isclass(it) and it.__module__ == exceptions.__name__
    }
    assert shown == {
        name: [base.__name__ for base in it.__bases__]
        for name, it in classes.items()
        if not issubclass(it, Warning)
    }
    assert first_column(ERRORS) == set(classes)


def test_checks() -> None:
    code = "".join(file.read_text() for file in SOURCE.rglob("*.py"))
    ids = set(re.findall(r'"(sequere\.[EWI]\d+)"', code))
    assert set(re.findall(r"^\| `(sequere\.\w+)`", CHECKS, re.MULTILINE)) == ids
    pages = "".join(page.read_text() for page in DOCS.glob("*.md"))
    assert set(re.findall(r"\bsequere\.[EWI]\d+", pages)) == ids


def test_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    page = (DOCS / "howto-install.md").read_text()
    named = re.findall(r"^\| `([\w-]+)`", section(page, "## Extras"), re.MULTILINE)
    assert set(named) == set(project["optional-dependencies"])
    assert set(named) == set(wheel.IMPORTS) - {""}


def test_hints_lead_to_headings() -> None:
    code = "".join(file.read_text() for file in SOURCE.rglob("*.py"))
    strings = re.sub(r'""".*?"""', "", code, flags=re.DOTALL)
    assert not re.findall(r"docs/[\w-]+\.md", strings)
    hints = re.findall(r"\{DOCUMENTATION\}/([\w-]+)\.html(?:#([\w-]+))?", code)
    assert hints
    for page, anchor in hints:
        text = (DOCS / f"{page}.md").read_text()
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        assert not anchor or anchor in map(slug, headings)


def test_endpoints() -> None:
    rows = re.findall(
        r"^\| `([\w/<>]+)` \| `sequere:(\w+)` \| (.*) \|$", ENDPOINTS, re.M
    )
    assert rows == [
        (
            re.sub(r"<\w+:", "<", str(each.pattern)),
            each.name,
            ", ".join(methods(vars(each.callback)["view_class"])),
        )
        for each in urls.urlpatterns
    ]


def methods(view: type[View]) -> list[str]:
    """HEAD runs the code of GET, but the response has no body."""
    names = [name for name in view.http_method_names if hasattr(view, name)]
    names += ["head"] if "get" in names else []
    return sorted((name.upper() for name in set(names) - {"options"}), key=ORDER.index)


def test_what_endpoints_take_and_give() -> None:
    code = "".join(file.read_text() for file in (SOURCE / "web").glob("*.py"))
    code += (SOURCE / "views.py").read_text()
    taken = set(re.findall(r"(?:GET|POST)\.get(?:list)?\(\"(\w+)", code))
    given = set(re.findall(r"^ +\"(\w+)\": ", code, re.MULTILINE))
    follow = first_column(section(ENDPOINTS, "## To follow"))
    lists = first_column(section(ENDPOINTS, "## Lists"))
    assert {"action", "next", "until", "after", "size", "kind"} == taken
    assert taken <= follow | lists
    assert follow >= {*web.ACTIONS}
    assert lists >= VERBS.keys()
    assert {"is_following", "followers_count", "followings_count"} <= given
    assert (follow | lists) - taken - {*web.ACTIONS, *VERBS} <= given


def test_statuses_of_endpoints() -> None:
    code = (SOURCE / "web" / "refusals.py").read_text()
    statuses = set(re.findall(r"Refusal\(\s*(\d+)", code))
    assert set(re.findall(r"^\| (\d+) ", ENDPOINTS, re.M)) == statuses | {"302", "405"}


def test_web() -> None:
    text = section(ENDPOINTS, "## In views of your own")
    for name in web.__all__:
        if inspect.isfunction(call := getattr(web, name)):
            assert f"`{name}{arguments(call)}`" in text
        else:
            assert (
                f"`{name}`" in text
                or f"`sequere.web.{name}`" in text
                or name == "Listing"
            )


def test_variables_of_the_button() -> None:
    page = (DOCS / "howto-follow-button.md").read_text()
    rows = re.findall(r"^\| (`.*?) \|", section(page, "## How it looks"), re.MULTILINE)
    code = (SOURCE / "web" / "buttons.py").read_text()
    given = set(re.findall(r"^ +\"(\w+)\": ", code, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", "".join(rows))) == given


def test_tags() -> None:
    tags, _, filters = section(API, "## Template tags").partition("| filter |")
    assert first_column(tags) == set(sequere_tags.register.tags)
    named = set(re.findall(r"^\| `\w+\\\|(\w+)", filters, re.MULTILINE))
    assert named == set(sequere_tags.register.filters)


def test_settings() -> None:
    code = "".join(file.read_text() for file in SOURCE.rglob("*.py"))
    found = set(re.findall(r"\bSEQUERE_\w+", code)) - checks.FORMER.keys()
    found -= set(re.findall(r'environ\.get\(\s*"(\w+)', code))
    assert set(re.findall(r"^## `(SEQUERE_\w+)`", SETTINGS, re.MULTILINE)) == found
    assert set(conf.SETTINGS) == found
    former = section(SETTINGS, "## Settings of older versions")
    assert first_column(former) == checks.FORMER.keys()
