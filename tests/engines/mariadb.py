from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines import processes
from tests.engines.base import Engine, Server, Unavailable

USER = PASSWORD = "sequere"
ACCOUNTS = f"""\
CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION;
DROP USER IF EXISTS root@localhost, root@'127.0.0.1', root@'::1';
"""
FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=OFF",
    "--innodb-flush-method=nosync",
)


class MariaDB(Engine):
    name = "mariadb"

    def version(self) -> str:
        command = [_find("mariadbd"), "--no-defaults", "--version"]
        output = subprocess.check_output(command, text=True)
        found = re.search(r"([\d.]+)-MariaDB", output)
        return f"MariaDB {found[1] if found else 'of unknown version'}"

    @contextmanager
    def serve(self, folder: Path, *, durable: bool) -> Iterator[Server]:
        prepared = self.prepare(folder, durable=durable)
        with prepared.running():
            yield prepared.server

    def prepare(self, folder: Path, *, durable: bool) -> processes.Prepared:
        data, accounts = folder / "data", folder / "init.sql"
        port = processes.free_port()
        accounts.write_text(ACCOUNTS)
        processes.give_away(folder)
        install = [_find("mariadb-install-db"), "--no-defaults", f"--datadir={data}"]
        install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
        processes.run([*install, "--skip-name-resolve"], folder)

        command = [
            _find("mariadbd"),
            "--no-defaults",
            f"--datadir={data}",
            f"--tmpdir={folder}",
            f"--init-file={accounts}",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            # The path is relative to the data: a whole path can be too long for a
            # socket.
            "--socket=socket",
            "--pid-file=pid",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            *(() if durable else FAST),
        ]
        client = [_find("mariadb-admin"), "--no-defaults", "--protocol=tcp"]
        ping = [*client, "--host=127.0.0.1", f"--port={port}", "ping"]
        server = Server("127.0.0.1", port, USER, PASSWORD)
        # The server ignores other signals while it starts, and its data is deleted
        # anyway.
        return processes.Prepared(server, command, folder, ping, signal.SIGKILL)


def _find(program: str) -> str:
    # Debian keeps servers out of an ordinary user's PATH.
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if found is None:
        raise Unavailable(f"{program} not found, apt-get install mariadb-server")
    return found
