"""The time on a processor. Other work on the machine changes it little."""

from __future__ import annotations

import os
from pathlib import Path
from time import process_time
from typing import Any

from django.db import connection

# A thread of MariaDB serves a connection, and no query names the thread.
PROCESS = {"postgresql": "SELECT pg_backend_pid()"}


def servers() -> list[int]:
    """Return the server processes that work for this one."""
    if urls := os.environ.get("SEQUERE_TEST_URLS"):
        return [process_of(url) for url in urls.split(",")]
    if connection.vendor not in PROCESS:
        return []
    with connection.cursor() as cursor:
        cursor.execute(PROCESS[connection.vendor])
        return [int(cursor.fetchone()[0])]


def process_of(url: str) -> int:
    import redis

    client: Any = redis.Redis.from_url(url)
    with client:
        return int(client.info("server")["process_id"])


def seconds_of(process: int) -> float:
    """Return the time of the first thread, which does the work of Redis, or 0 where
    the system has no such file.
    """
    path = Path(f"/proc/{process}/schedstat")
    return int(path.read_text().split()[0]) / 1e9 if path.exists() else 0


class Stopwatch:
    """Counts the seconds of this process and of the servers from its creation."""

    def __init__(self) -> None:
        self.processes = servers()
        self.begun = self.now()

    def now(self) -> tuple[float, float]:
        return process_time(), sum(map(seconds_of, self.processes))

    def read(self) -> dict[str, float]:
        client, server = self.now()
        return {"client": client - self.begun[0], "server": server - self.begun[1]}
