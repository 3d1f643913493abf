"""The demo beside a server of its own, as `make demo BACKEND=redis` starts it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from redis import Redis

from tests.example.serving import MANAGE, demo

FOLLOWS = "215,216"


def test_twice_and_without_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    with tempfile.TemporaryDirectory() as folder:
        with demo(folder, "redis") as url:
            assert FOLLOWS in urlopen(url).read().decode()
        with demo(folder, "redis") as url:
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
