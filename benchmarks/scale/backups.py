"""Measures the backup tools of an engine, and how soon a copy answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection

Facts = dict[str, float]


def backup() -> Facts:
    """Return nothing for an engine whose backup is not measured."""
    urls = os.environ.get("SEQUERE_TEST_URLS", "")
    kind = connection.vendor if not urls else "cluster" if "," in urls else "redis"
    with TemporaryDirectory(prefix="sequere-backup-") as folder:
        return BACKUPS[kind](Path(folder)) if kind in BACKUPS else {}


def of_sqlite(folder: Path) -> Facts:
    """The copy is a database, so a restore is only a move."""
    copy = folder / "copy.sqlite3"
    with connection.cursor() as cursor:
        seconds = timed(lambda: cursor.execute("VACUUM INTO %s", [str(copy)]))
    return {"seconds": seconds, "bytes": copy.stat().st_size, "restore": 0}


def of_postgresql(folder: Path) -> Facts:
    from tests.engines.postgresql import find_programs

    found, copy, file = connection.settings_dict, "sequere_copy", folder / "dump"
    ends = ["--host", found["HOST"], "--port", str(found["PORT"])]
    ends += ["--username", found["USER"]]

    def run(program: str, *arguments: str | Path) -> None:
        environment = os.environ | {"PGPASSWORD": found["PASSWORD"]}
        command = [find_programs() / program, *ends, *arguments]
        subprocess.run(command, env=environment, check=True)

    dump = ("--format=custom", "--file", file, found["NAME"])
    seconds = timed(lambda: run("pg_dump", *dump))
    run("createdb", copy)
    restore = timed(lambda: run("pg_restore", "--dbname", copy, "--jobs=2", file))
    run("dropdb", copy)
    return {"seconds": seconds, "bytes": file.stat().st_size, "restore": restore}


def of_redis(folder: Path) -> Facts:
    """The backup is that of the whole server, which has both stores."""
    import redis

    from tests.engines.redis import server

    client: Any = redis.Redis.from_url(
        os.environ["SEQUERE_TEST_URLS"], decode_responses=True
    )
    [program] = Path(client.config_get("dir")["dir"]).glob("*-server")
    seconds = timed(lambda: save(client))
    dump = shutil.copy(Path(client.config_get("dir")["dir"], "dump.rdb"), folder)
    begun = time.perf_counter()
    with server(folder, program, "--save", ""):
        restore = time.perf_counter() - begun
    return {
        "seconds": seconds,
        "bytes": Path(dump).stat().st_size,
        "restore": restore,
    }


def save(client: Any) -> None:
    client.bgsave()
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.05)


def timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


BACKUPS: dict[str, Callable[[Path], Facts]] = {
    "sqlite": of_sqlite,
    "postgresql": of_postgresql,
    "redis": of_redis,
}
