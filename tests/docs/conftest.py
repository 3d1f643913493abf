from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.story import call, tell, type_into_shell
from tests.engines.redis import find_valkey, server
from tests.settings import ENGINE

TUTORIAL = ROOT / "docs" / "tutorial.md"
#: The code for two users: the reader at the end of the tutorial, and a guest.
PRESSED = """
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from library.models import Author

reader = get_user_model().objects.get(username="reader")
guest = get_user_model().objects.create_user("guest", password="reads")
for user in (reader, guest):
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    for author in Author.objects.all():
        url = reverse("sequere:follow", args=["author", author.pk])
        assert browser.post(url).status_code == 302
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="the documentation is run on SQLite only")
    for item in items:
        if ENGINE != "sqlite" and Path(__file__).parent in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project that the tutorial makes, from nothing."""
    project = tmp_path_factory.mktemp("tutorial")
    tell(TUTORIAL, project)
    return project


@pytest.fixture
def project(tutorial: Path, tmp_path: Path) -> Path:
    """Return a copy of the project, where the other pages begin."""
    return shutil.copytree(tutorial, tmp_path / "project")


@pytest.fixture(scope="session")
def used_tutorial(tutorial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project with two users who have pressed every button."""
    project = tmp_path_factory.mktemp("used") / "project"
    shutil.copytree(tutorial, project)
    type_into_shell("used.md", [("python", PRESSED)], project)
    return project


@pytest.fixture
def used_project(used_tutorial: Path, tmp_path: Path) -> Path:
    """Return a copy of the used project, where how-to guides begin."""
    return shutil.copytree(used_tutorial, tmp_path / "used")


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a server at the address that the pages about Redis use."""
    # The user of the server may not enter pytest's own folder.
    with (
        tempfile.TemporaryDirectory(prefix="sequere-") as folder,
        server(Path(folder), find_valkey(), "--save", "") as url,
    ):
        monkeypatch.setenv("REDIS_URL", url)
        yield


@pytest.fixture
def fresh_project(tmp_path: Path) -> Path:
    status, said = call("django-admin startproject mysite .", tmp_path)
    assert not status, said
    return tmp_path
