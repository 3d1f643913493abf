from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from tests.engines import ENGINES, Engine, EngineFailed, Server, Unavailable, lanes

UNAVAILABLE = 75  # EX_TEMPFAIL of sysexits.h
GRACE_SECONDS = 10
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    arguments = _parser().parse_args()
    if arguments.action == "list":
        return show()
    for number in SIGNALS:
        signal.signal(number, _leave)
    if arguments.action == "each":
        return each(arguments.engines.split(","), arguments.command)
    engine = ENGINES[arguments.engine]
    try:
        return run(engine, arguments.command, durable=arguments.durable)
    except Unavailable as error:
        print(f"{engine.name}: not available: {error}", file=sys.stderr)
        return UNAVAILABLE
    except EngineFailed as error:
        print(f"{engine.name}: {error}", file=sys.stderr)
        return 1


def show() -> int:
    for engine in ENGINES.values():
        try:
            state = f"available ({engine.version()})"
        except Unavailable as error:
            state = f"not available: {error}"
        print(f"{engine.name}: {state}")
    return 0


def run(engine: Engine, command: Sequence[str], *, durable: bool) -> int:
    """Run a command beside a fresh server and return the command's status."""
    version = engine.version()
    with (
        tempfile.TemporaryDirectory(prefix=f"sequere-{engine.name}-") as folder,
        engine.serve(Path(folder), durable=durable) as server,
    ):
        environment = os.environ | _variables(engine.name, version, server)
        return _call(command, environment)


def each(names: Sequence[str], command: Sequence[str]) -> int:
    """Run a command beside each engine. Return how many of them failed."""
    serve = [sys.executable, "-m", "tests.engines", "run"]
    commands = {
        name: [*serve, name, "--", *lanes.fill(command, name, ENGINES[name].tests)]
        for name in names
    }
    return lanes.run_each(commands)


def _variables(name: str, version: str, server: Server) -> dict[str, str]:
    return {
        "SEQUERE_TEST_ENGINE": name,
        "SEQUERE_TEST_VERSION": version,
        "SEQUERE_TEST_HOST": server.host,
        "SEQUERE_TEST_PORT": str(server.port or ""),
        "SEQUERE_TEST_USER": server.user,
        "SEQUERE_TEST_PASSWORD": server.password,
        "SEQUERE_TEST_URLS": ",".join(server.urls),
    }


def _call(command: Sequence[str], environment: dict[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        status = process.wait()
    except SystemExit as leaving:
        _end(process, interrupted=leaving.code == 128 + signal.SIGINT)
        raise
    return status if status >= 0 else 128 - status


def _end(process: subprocess.Popen[bytes], *, interrupted: bool) -> None:
    # Ctrl-C reached the command too, which may still print its last lines.
    if interrupted:
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _leave(number: int, frame: FrameType | None) -> None:
    # A second signal must not stop the clean-up.
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.engines")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="show which engines can run here")
    each = actions.add_parser("each", help="run a command beside each of several")
    each.add_argument("engines", help="their names, with commas between them")
    each.add_argument(
        "command",
        nargs="+",
        help="what to run, after --; {engine} and {tests} are filled in",
    )
    run = actions.add_parser("run", help="run a command beside a fresh server")
    run.add_argument("engine", choices=ENGINES)
    run.add_argument(
        "--durable", action="store_true", help="keep the server's own durability"
    )
    run.add_argument("command", nargs="+", help="what to run, after --")
    return parser


if __name__ == "__main__":
    sys.exit(main())
