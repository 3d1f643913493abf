"""The demo beside a server of its own, as `make demo BACKEND=redis` starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from redis import Redis

ROOT = Path(__file__).parents[3]
MANAGE = ROOT / "example" / "manage.py"
FOLLOWS = "215,216"


@contextmanager
def demo(folder: str, **environment: str) -> Iterator[str]:
    """Its address."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", MANAGE, "demo", "--port=0"],
        env=os.environ
        | {"BACKEND": "redis", "DEMO_DATABASE": str(Path(folder, "demo.sqlite3"))}
        | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        if not (found := re.search(r"http://\S+", process.stdout.readline())):
            pytest.fail(process.communicate()[1])
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def test_twice_and_without_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    with tempfile.TemporaryDirectory() as folder:
        with demo(folder) as url:
            assert FOLLOWS in urlopen(url).read().decode()
        with demo(folder) as url:
            assert FOLLOWS in urlopen(url).read().decode()
            log = Path(folder, "demo", "log").read_text()
            port = re.findall(r"port=(\d+)", log)[-1]
            with Redis(port=int(port)) as client:
                client.shutdown(nosave=True, force=True)
            with pytest.raises(HTTPError, match="503"):
                urlopen(f"{url}account/1995/")


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, MANAGE, "demo", "--port=0"],
            env=os.environ
            | {
                "BACKEND": "redis",
                "DEMO_DATABASE": str(Path(folder, "demo.sqlite3")),
                "REDIS_URL": "redis://127.0.0.1:1/0",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "127.0.0.1:1 cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
