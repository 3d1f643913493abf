from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.story import call, tell
from tests.engines.redis import find_valkey, server
from tests.settings import ENGINE

TUTORIAL = ROOT / "docs" / "tutorial.md"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="the documentation is run on SQLite only")
    for item in items:
        if ENGINE != "sqlite" and Path(__file__).parent in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that the tutorial makes, from nothing."""
    project = tmp_path_factory.mktemp("tutorial")
    tell(TUTORIAL, project)
    return project


@pytest.fixture
def project(tutorial: Path, tmp_path: Path) -> Path:
    """A copy of it: where the other pages begin."""
    return shutil.copytree(tutorial, tmp_path / "project")


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server, where pages about Redis look for one."""
    # Not below pytest's own folder, which the server's user may not enter.
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
