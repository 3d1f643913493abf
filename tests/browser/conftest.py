"""The fixtures of the browser tests: a browser, a site, and its visitors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.browser.browsing import Browse
from tests.browser.gate import Gate
from tests.engines import Unavailable
from tests.engines.chromium import find_chromium
from tests.engines.processes import is_root
from tests.testapp.models import Project

SETTINGS = "tests.browser.settings"
HOW = f"in a run of its own: `pytest --ds={SETTINGS} tests/browser`"
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    # The browser must not reach any other host.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason=HOW)
    for item in items:
        is_here = Path(__file__).parent in item.path.parents
        if is_here and settings.SETTINGS_MODULE != SETTINGS:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        program = find_chromium()
    except Unavailable as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        # The browser starts with a new, empty profile.
        browser = playwright.chromium.launch(
            executable_path=program,
            args=FLAGS,
            chromium_sandbox=not is_root(),
            # Browsers of visitors have this cache too.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def browse(
    chromium: Browser, live_server: LiveServer, visitor: User
) -> Iterator[Browse]:
    with Browse(chromium, live_server.url, visitor) as browse:
        yield browse


@pytest.fixture
def visitor(live_server: LiveServer) -> User:
    return User.objects.create_user("visitor", password="secret")


@pytest.fixture(autouse=True)
def projects(live_server: LiveServer) -> list[Project]:
    names = ("Alpha", "Beta", "Gamma")
    return [Project.objects.create(name=name) for name in names]


@pytest.fixture
def project(projects: list[Project]) -> Project:
    """The project that has two buttons on the page."""
    return projects[0]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    with Gate(monkeypatch) as gate:
        yield gate
