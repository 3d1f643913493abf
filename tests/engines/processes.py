"""The shared code of server engines: users, ports, and processes that always end."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines.base import EngineFailed, Server

START_SECONDS = 60
STOP_SECONDS = 20
LOG_LINES = 25


def is_root() -> bool:
    return os.geteuid() == 0


def give_away(folder: Path) -> None:
    """Let the servers' user own a folder and everything in it."""
    if is_root():
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def run(command: Sequence[str | Path], folder: Path) -> None:
    """Run a step of the preparation to its end."""
    log = folder / "prepare.log"
    with _started(command, folder, log, signal.SIGTERM) as process:
        try:
            status = process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            raise _failure(command, "did not end", log) from None
    if status:
        raise _failure(command, f"ended with status {status}", log)


@contextmanager
def running(
    command: Sequence[str | Path],
    folder: Path,
    *,
    ready: Callable[[], bool],
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[int]:
    """Keep a server running; entered once `ready` says that it answers.

    Returns the number of its process.
    """
    log = folder / "server.log"
    with _started(command, folder, log, stop_signal) as process:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None:
                why = f"ended with status {process.returncode}"
                raise _failure(command, why, log)
            if time.monotonic() > deadline:
                raise _failure(command, "does not answer", log)
            time.sleep(0.05)
        yield process.pid


@dataclass(frozen=True, slots=True)
class Prepared:
    """A server whose files are ready, so that it can be started again and again."""

    server: Server
    command: Sequence[str | Path]
    folder: Path
    ping: Sequence[str | Path]
    stop_signal: signal.Signals

    def running(self) -> AbstractContextManager[int]:
        """Keep the server running. Returns the number of its process."""
        return running(
            self.command,
            self.folder,
            ready=lambda: succeeds(self.ping),
            stop_signal=self.stop_signal,
        )


def succeeds(command: Sequence[str | Path]) -> bool:
    quiet = subprocess.run(command, capture_output=True, check=False, timeout=10)
    return quiet.returncode == 0


@contextmanager
def _started(
    command: Sequence[str | Path], folder: Path, log: Path, stop_signal: signal.Signals
) -> Iterator[subprocess.Popen[bytes]]:
    # A session of its own keeps Ctrl-C from the server: it must outlive the tests.
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_unprivileged(),
        )
    try:
        yield process
    finally:
        _end(process, stop_signal)


def _unprivileged() -> dict[str, Any]:
    # Database servers refuse to run as root.
    if not is_root():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _end(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    # Children may outlive the process that was asked to stop.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failure(command: Sequence[str | Path], why: str, log: Path) -> EngineFailed:
    tail = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
    return EngineFailed("\n".join([f"{Path(command[0]).name} {why}:", *tail]))
