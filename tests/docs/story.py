"""Runs a page in a Django project: writes its files, and types its commands."""

from __future__ import annotations

import doctest
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import sequere
from tests.docs.blocks import Block, blocks

SHELL = Path(__file__).parent / "shell.py"
SHELL_KINDS = {"python", "pycon", "sql", "text"}
FILE_KINDS = {"python", "html"}

#: Commands that readers type and that the tests skip, each with the reason.
NOT_RUN = {
    "make demo": "serves until it is stopped; example/ has its own tests",
    "make test": "is what runs this",
    "make faults EFFORT=1": "is a part of the suite",
    "make faults ENGINE=postgresql EFFORT=8": "the same",
    "git clone https://github.com/thoas/django-sequere": "the tests are about this one",
    "git -C django-sequere pull": "the same",
    "python3 -m venv .venv": "the tests have an environment",
    ". .venv/bin/activate": "the same",
    "python -m pip install ./django-sequere": "`make dist` tries it, with each extra",
    "python -m pip install './django-sequere[debug-toolbar]'": "the same",
    "python -m pip install './django-sequere[drf]'": "the same",
    "python -m pip install './django-sequere[opentelemetry]'": "the same",
    "python -m pip install './django-sequere[redis]'": "the same",
    "python -m pip wheel --no-deps --wheel-dir wheels ./django-sequere": "the same",
    "python -m pip install wheels/django_sequere-*.whl": "the same",
    "python -m pip install drf-spectacular": "it is installed",
    "python -m pip install django-ninja": "it is installed",
    "python -m pip install opentelemetry-sdk": "it is installed",
    "python -m pip install strawberry-graphql": "it is installed",
    **dict.fromkeys(
        [
            "python manage.py sequere_import --from friendship --dry-run",
            "python manage.py sequere_import --from friendship",
            "python manage.py sequere_import --from friendship --relation friend=friend"
            " --relation request=friend",
            "python manage.py sequere_import --from sequere04",
            "python manage.py sequere_import --from sequere04 --redis"
            " redis://127.0.0.1:6379/0",
        ],
        "tests/elsewhere/ runs it, with databases that the packages made",
    ),
    "python manage.py runserver": "serves until it is stopped",
    "python manage.py sequere_mirror drain --watch": "runs until it is stopped",
}
#: The first lines of SQL blocks for engines that these tests do not start.
OTHER_ENGINES = ("-- PostgreSQL", "-- MariaDB")


def is_run(block: Block) -> bool:
    """Return whether the tests run this kind of block, or have a reason to skip it."""
    if block.kind == "console":
        return block.text.startswith("$ ")
    return block.kind in (FILE_KINDS if block.file else SHELL_KINDS)


def tell(page: Path, project: Path) -> None:
    """Run all blocks of `page` in their order, in the folder `project`.

    Blocks for the shell share their names until a block writes a file or runs a
    command: then the shell starts again, as a reader would start it.
    """
    chapter: list[Block] = []
    for block in blocks(page):
        if block.kind == "console" or block.file:
            run_shell(page, chapter, project)
            chapter = []
        if block.file:
            write(block, project)
        elif block.kind == "console":
            run_commands(page, block, project)
        elif not block.text.startswith(OTHER_ENGINES):
            chapter.append(block)
    run_shell(page, chapter, project)


def write(block: Block, project: Path) -> None:
    assert block.file
    path, is_added, line = block.file
    file = project / path
    text = block.text
    if line is not None:
        before = file.read_text()
        assert before.splitlines().count(line) == 1, f"{path} has not one line {line!r}"
        text = before.replace(f"{line}\n", text)
    elif is_added:
        text = file.read_text() + text
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def run_commands(page: Path, block: Block, project: Path) -> None:
    for command, output in block.commands:
        if command in NOT_RUN:
            continue
        where = f"{page.name}:{block.line}: {command}"
        status, said = call(command, project)
        failing = any(error in output for error in ("SystemCheckError", "CommandError"))
        assert bool(status) == failing, f"{where}: status {status}\n{said}"
        checker = doctest.OutputChecker()
        same = checker.check_output(output, said, doctest.ELLIPSIS)
        assert not output or same, f"{where} shows\n{output}but says\n{said}"


def run_shell(page: Path, chapter: Iterable[Block], project: Path) -> None:
    if texts := [(block.kind, block.numbered) for block in chapter]:
        type_into_shell(page.name, texts, project)


def type_into_shell(name: str, texts: list[tuple[str, str]], project: Path) -> None:
    status, said = call(f"python {SHELL} {name}", project, json.dumps(texts))
    assert not status, f"{name}:\n{said}"


def call(command: str, project: Path, stdin: str = "") -> tuple[int, str]:
    """Return the status of `command`, and its output on both streams."""
    done = subprocess.run(
        command,
        shell=True,
        cwd=project,
        env=environment(),
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def environment() -> dict[str, str]:
    """Return an environment with the tests' `python` and `sequere`, without their
    settings.
    """
    source = Path(sequere.__file__).parent.parent
    environment = {
        **os.environ,
        # Without buffering, the output of both streams stays in order.
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(source),
        "PYTHONWARNINGS": "error",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    del environment["DJANGO_SETTINGS_MODULE"]
    return environment
