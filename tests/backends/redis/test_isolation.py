"""The tests of a site have keys of their own, in repeated and in parallel runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from tests.backends.redis.cases import own_server
from tests.backends.redis.servers import needs_server

SITE = "tests.backends.redis.site"
DJANGO = "-m", "django", "test", f"{SITE}.suite", "--verbosity", "0"
PYTEST = (
    *("-m", "pytest", "tests/backends/redis/site/suite.py", "-q"),
    *("-p", "no:cacheprovider", "-o", "python_files=suite.py"),
)
# The developer's site has these keys. Its tests have the same user and group.
OURS = {
    "site:1:{b1d}:follow:group:1<user": {"1": 1_000_000},
    "test_sites:1:{b1d}:follow:group:1<user": {"1": 1_000_000},
}

pytestmark = needs_server


@contextmanager
def site() -> Iterator[str]:
    """A server with follows of a developer's site, which must keep exactly these
    follows.
    """
    with own_server() as url, Redis.from_url(url, decode_responses=True) as client:
        for key, members in OURS.items():
            client.zadd(key, members)
        yield url
        for key, members in OURS.items():
            assert client.zrange(key, 0, -1, withscores=True) == list(members.items())
        for key in client.keys("*"):
            assert key in OURS or key.startswith("test_site")


def start(url: str, *command: str, **changed: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "SITE_REDIS": url,
        "DJANGO_SETTINGS_MODULE": f"{SITE}.settings",
        **changed,
    }
    return subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(run: subprocess.Popen[str]) -> None:
    output, _ = run.communicate()
    assert run.returncode == 0, output


@pytest.mark.parametrize("command", [DJANGO, PYTEST], ids=["django", "pytest"])
def test_a_suite_passes_twice(command: tuple[str, ...]) -> None:
    with site() as url:
        finish(start(url, *command))
        finish(start(url, *command))


def test_processes_of_djangos_runner() -> None:
    with site() as url:
        finish(start(url, *DJANGO, "--parallel", "2"))
        with Redis.from_url(url, decode_responses=True) as client:
            prefixes = {key.partition(":")[0] for key in client.keys("test_site*")}
    assert prefixes - {"test_sites"} <= {"test_site_1", "test_site_2"}
    assert prefixes - {"test_sites"}


def test_workers_of_pytest() -> None:
    with site() as url:
        workers = [
            start(url, *PYTEST, PYTEST_XDIST_WORKER=name) for name in ("gw0", "gw1")
        ]
        for worker in workers:
            finish(worker)
        with Redis.from_url(url, decode_responses=True) as client:
            prefixes = {key.partition(":")[0] for key in client.keys("test_site_*")}
    assert prefixes == {"test_site_gw0", "test_site_gw1"}
