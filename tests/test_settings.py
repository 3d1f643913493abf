from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any
from unittest import mock

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, override_settings

from sequere.backends.base import BaseBackend
from sequere.backends.memory import MemoryBackend
from sequere.backends.simple import SimpleBackend
from sequere.exceptions import InvalidBackend, InvalidViewer, UnknownBackend
from sequere.handler import backends, get_backend
from sequere.web import find_viewer

SIMPLE = "sequere.backends.simple.SimpleBackend"
MEMORY = "sequere.backends.memory.MemoryBackend"


class SettingsTests(SimpleTestCase):
    @override_settings(SEQUERE_BACKENDS={})
    def test_nothing_configured(self) -> None:
        self.assertIsInstance(get_backend(), SimpleBackend)

    @override_settings(SEQUERE_BACKENDS={}, SEQUERE_BACKEND_CLASS=MEMORY)
    def test_the_short_form(self) -> None:
        self.assertIsInstance(get_backend(), MemoryBackend)
        self.assertEqual(list(backends), ["default"])

    @override_settings(
        SEQUERE_BACKENDS={"fast": {"BACKEND": MEMORY}}, SEQUERE_BACKEND_CLASS=SIMPLE
    )
    def test_several(self) -> None:
        self.assertIsInstance(get_backend("fast"), MemoryBackend)
        self.assertIsInstance(get_backend(), SimpleBackend)
        with pytest.raises(UnknownBackend, match="'default', 'fast'"):
            get_backend("slow")
        self.assertTrue(issubclass(UnknownBackend, KeyError))

    def test_settings_are_read_live(self) -> None:
        for path, kind in ((SIMPLE, SimpleBackend), (MEMORY, MemoryBackend)):
            with override_settings(SEQUERE_BACKENDS={"default": {"BACKEND": path}}):
                self.assertIsInstance(get_backend(), kind)

    def test_every_thread_reads_them(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            for path, kind in ((SIMPLE, SimpleBackend), (MEMORY, MemoryBackend)):
                with override_settings(SEQUERE_BACKENDS={"default": {"BACKEND": path}}):
                    self.assertIsInstance(pool.submit(get_backend).result(), kind)
            with override_settings(SEQUERE_BACKENDS={"fast": {"BACKEND": MEMORY}}):
                self.assertIsInstance(pool.submit(get_backend, "fast").result(), kind)
            with pytest.raises(UnknownBackend):
                pool.submit(get_backend, "fast").result()

    @override_settings(SEQUERE_BACKENDS={"default": {"BACKEND": MEMORY}})
    def test_each_thread_has_an_instance_and_options_are_checked_once(self) -> None:
        found = []
        with mock.patch("sequere.handler.check_options") as check:
            for _ in range(3):
                with ThreadPoolExecutor(1) as pool:
                    found.append(pool.submit(get_backend).result())
        self.assertEqual(len(set(map(id, found))), 3)
        check.assert_called_once()

    def test_changes_leave_nothing_in_the_context(self) -> None:
        sizes = []
        for _ in range(3):
            with override_settings(SEQUERE_BACKENDS={"default": {"BACKEND": MEMORY}}):
                get_backend()
            sizes.append(len(copy_context()))
        self.assertEqual(len(set(sizes[1:])), 1)


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        ([], "must be a dict"),
        ({"default": SIMPLE}, "needs a 'BACKEND'"),
        ({"default": {}}, "needs a 'BACKEND'"),
        ({"default": {"BACKEND": SIMPLE, "OPTIONS": []}}, "must be a dict"),
        ({"default": {"BACKEND": SIMPLE, "PREFIX": 1}}, "unknown keys: 'PREFIX'"),
        ({"default": {"BACKEND": "nowhere.Backend"}}, "cannot be imported"),
        ({"default": {"BACKEND": "sequere.types.Ref"}}, "is not a subclass"),
        (
            {"default": {"BACKEND": SIMPLE, "OPTIONS": {"databse": "x"}}},
            "'default': SimpleBackend has no option 'databse'. It takes: database",
        ),
        (
            {"a": {"BACKEND": MEMORY, "OPTIONS": {"size": 1}}},
            "'a': MemoryBackend has no option 'size'. It takes: no options",
        ),
        (
            {"default": {"BACKEND": SIMPLE, "OPTIONS": {"database": "nowhere"}}},
            "'nowhere', which is not in DATABASES",
        ),
    ],
)
def test_wrong_settings(configured: Any, message: str) -> None:
    with override_settings(SEQUERE_BACKENDS=configured):
        with pytest.raises(InvalidBackend, match=message):
            backends.all()
        [error] = run_checks()
        assert error.id == "sequere.E001"
        assert message.split(": ")[-1] in error.msg
    assert issubclass(InvalidBackend, ImproperlyConfigured)


class NoAlias(MemoryBackend):
    def __init__(self) -> None:
        super().__init__("default")


class AliasByName(MemoryBackend):
    def __init__(self, *, alias: str, size: int = 9) -> None:
        super().__init__(alias)


class Forgetful(MemoryBackend):
    def __init__(self, alias: str) -> None:
        pass


class Demanding(MemoryBackend):
    def __init__(self, alias: str, size: int = 9, *, url: str) -> None:
        super().__init__(alias)
        self.size = size


class Liberal(MemoryBackend):
    def __init__(self, alias: str, **options: Any) -> None:
        super().__init__(alias)
        self.options = options


class Unfinished(BaseBackend):
    def clear(self) -> None: ...


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("NoAlias", {}, "NoAlias cannot be created. .*too many positional arguments"),
        ("AliasByName", {}, "takes the alias first"),
        ("AliasByName", {"size": 1}, "takes the alias first"),
        ("Forgetful", {}, r"keep the alias.*super\(\).__init__\(alias\)"),
        ("Demanding", {"size": 1}, "Demanding needs the option 'url'"),
        ("Demanding", {"sise": 1}, "no option 'sise'. It takes: size, url"),
        ("Demanding", {"url": "x", "alias": "x"}, "no option 'alias'"),
        (
            "Unfinished",
            {},
            "lacks methods: _add, _counts, _edges, _forget, _lookup, _page",
        ),
    ],
)
def test_backends_that_cannot_be_made(
    name: str, options: dict[str, Any], message: str
) -> None:
    entry = {"BACKEND": f"tests.test_settings.{name}", "OPTIONS": options}
    with override_settings(SEQUERE_BACKENDS={"default": entry}):
        with pytest.raises(InvalidBackend, match=f"Backend 'default': .*{message}"):
            get_backend()
        [error] = run_checks()
        assert error.id == "sequere.E001"


def test_options_by_position_and_any_option() -> None:
    path = "tests.test_settings"
    entries = {
        "default": {"BACKEND": f"{path}.Liberal", "OPTIONS": {"x": 1}},
        "demanding": {
            "BACKEND": f"{path}.Demanding",
            "OPTIONS": {"url": "", "size": 3},
        },
    }
    with override_settings(SEQUERE_BACKENDS=entries):
        liberal, demanding = get_backend(), get_backend("demanding")
        assert isinstance(liberal, Liberal)
        assert isinstance(demanding, Demanding)
        assert (liberal.alias, liberal.options) == ("default", {"x": 1})
        assert (demanding.alias, demanding.size) == ("demanding", 3)


def test_both_forms_at_once() -> None:
    both = {"default": {"BACKEND": SIMPLE}}
    with (
        override_settings(SEQUERE_BACKENDS=both, SEQUERE_BACKEND_CLASS=SIMPLE),
        pytest.raises(InvalidBackend, match="Remove one of them"),
    ):
        backends.all()


def production_errors() -> list[str]:
    messages = run_checks(include_deployment_checks=True)
    return [str(m.id) for m in messages if str(m.id).startswith("sequere")]


@override_settings(SEQUERE_BACKENDS={"default": {"BACKEND": MEMORY}})
def test_memory_is_refused_in_production() -> None:
    assert run_checks() == []
    assert production_errors() == ["sequere.E004"]


@override_settings(SEQUERE_BACKENDS={"default": {"BACKEND": SIMPLE}})
def test_sql_is_fit_for_production() -> None:
    assert production_errors() == []


@pytest.mark.parametrize(
    ("name", "number", "hint"),
    [
        ("SEQUERE_BACKEND", "E011", 'SEQUERE_BACKENDS = {"default"'),
        ("SEQUERE_BACKEND_OPTIONS", "E011", 'SEQUERE_BACKENDS = {"default"'),
        ("SEQUERE_FAIL_SILENTLY", "W012", "BackendUnavailable"),
        ("SEQUERE_TIMELINE_BACKEND", "W012", "no timeline"),
        ("SEQUERE_BACKENDS_CLASS", "W012", "SEQUERE_BACKEND_CLASS"),
    ],
)
def test_settings_that_nothing_reads(name: str, number: str, hint: str) -> None:
    with override_settings(**{name: None}):
        [message] = run_checks()
    assert message.id == f"sequere.{number}"
    assert message.msg == f"The setting {name} is ignored."
    assert message.hint is not None
    assert hint in message.hint


@override_settings(SEQUERE_BACKENDS=[])
def test_one_mistake_is_told_once() -> None:
    assert production_errors() == ["sequere.E001"]


@pytest.mark.parametrize(
    "path", ["nowhere.viewer", "sequere", "sequere.api.__all__", 1]
)
def test_viewers_that_are_none(path: Any) -> None:
    with override_settings(SEQUERE_VIEWER=path):
        [error] = run_checks()
        assert error.id == "sequere.E008"
        assert repr(path) in error.msg
        with pytest.raises(InvalidViewer):
            find_viewer(None)
    assert issubclass(InvalidViewer, ImproperlyConfigured)


@override_settings(SEQUERE_VIEWER="builtins.id")
def test_a_viewer() -> None:
    assert run_checks() == []
    assert find_viewer(run_checks) == id(run_checks)
