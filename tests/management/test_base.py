"""The style that all commands share."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import override_settings

from sequere.exceptions import BackendUnavailable, InvalidCursor, UnknownBackend
from sequere.management.base import Result, SequereCommand

entered: list[str] = []


@contextmanager
def tenant(name: str) -> Iterator[None]:
    entered.append(name)
    try:
        yield
    finally:
        entered.remove(name)


def tenant_that_is_found(name: str) -> Any:
    return {"paris": tenant("paris")}[name]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Counter(SequereCommand):
    """A command that counts to three, and raises the error that it is given."""

    writes = resumes = True

    def __init__(self, meets: Any = None, failure: str = "") -> None:
        super().__init__()
        self.meets = meets
        self.failure = failure
        self.seen: dict[str, Any] = {}

    def run(self, **options: Any) -> Result:
        self.seen = {**options, "entered": [*entered]}
        for number in range(3):
            if number == 2 and callable(self.meets):
                self.meets()
            elif number == 2 and self.meets:
                raise self.meets
            self.progress.step(10, place=f"at {number}", fraction=number / 2)
        return Result({"counted_edges": 30}, self.failure)


def run(command: Counter, *arguments: str, terminal: bool = False) -> tuple[str, str]:
    stdout, stderr = StringIO(), (Terminal if terminal else StringIO)()
    call_command(command, *arguments, stdout=stdout, stderr=stderr, no_color=True)
    return stdout.getvalue(), stderr.getvalue()


def refused(command: Counter, *arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(command, *arguments)
    return caught.value


def test_the_result_is_text_or_json() -> None:
    assert run(Counter())[0] == "counted edges: 30\n"
    assert json.loads(run(Counter(), "--format", "json")[0]) == {"counted_edges": 30}


def test_lines_of_progress_name_the_place() -> None:
    assert run(Counter())[1] == ""
    lines = run(Counter(), "-v2")[1].splitlines()
    assert lines == [f"{10 * n + 10} edges, --resume 'at {n}'" for n in range(3)]
    with mock.patch("sequere.management.progress.LINES", 0):
        assert run(Counter())[1].splitlines() == lines
        assert run(Counter(), "-v0")[1] == ""


def test_a_terminal_has_a_bar() -> None:
    with mock.patch("sequere.management.progress.DRAWINGS", 1e-9):
        shown = run(Counter(), terminal=True)[1]
    assert f"[{'=' * 15}{' ' * 15}]  50% 20 edges" in shown
    # The bar is removed at the end.
    assert shown.rpartition("\r")[2] == ""
    assert run(Counter(), "-v0", terminal=True)[1] == ""


def test_steps_rest() -> None:
    with mock.patch("sequere.management.progress.time.sleep") as sleep:
        run(Counter(), "--pause", "0.5")
    assert sleep.mock_calls == [mock.call(0.5)] * 3


def test_a_failure_is_shown_behind_the_result() -> None:
    stdout, command = StringIO(), Counter(failure="3 problems. Mend them.")
    with pytest.raises(CommandError, match="3 problems") as caught:
        call_command(command, stdout=stdout)
    assert (caught.value.returncode, stdout.getvalue()) == (1, "counted edges: 30\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BackendUnavailable("The server is away."), 1),
        (OperationalError("disk full"), 1),
        (OSError("no such file"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_name_the_place(error: BaseException, code: int) -> None:
    caught = refused(Counter(error))
    assert caught.returncode == code
    assert str(caught).endswith(". Go on with --resume 'at 1'") or code == 1
    assert "--resume 'at 1'" in str(caught)


@pytest.mark.parametrize("error", [InvalidCursor("no place"), UnknownBackend("none")])
def test_wrong_usage(error: Exception) -> None:
    caught = refused(Counter(error))
    assert (caught.returncode, str(caught)) == (2, str(error))


def test_sigterm_ends_as_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    caught = refused(Counter(lambda: os.kill(os.getpid(), signal.SIGTERM)))
    assert caught.returncode == 143
    assert "--resume 'at 1'" in str(caught)
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interrupted_start_names_the_place_it_was_given() -> None:
    class Early(Counter):
        def run(self, **options: Any) -> Result:
            raise KeyboardInterrupt

    assert "--resume here" in str(refused(Early(), "--resume", "here"))


@override_settings(SEQUERE_TENANT="tests.management.test_base.tenant")
def test_tenants() -> None:
    command = Counter()
    run(command, "--tenant", "paris")
    assert command.seen["entered"] == ["paris"]
    run(command)
    assert command.seen["entered"] == []
    refused(Counter(KeyboardInterrupt()), "--tenant", "paris")
    assert entered == []


@pytest.mark.parametrize("path", [None, "", "tests.nowhere.tenant", "nonsense"])
def test_tenants_of_a_site_that_names_none(path: str | None) -> None:
    with override_settings(SEQUERE_TENANT=path):
        caught = refused(Counter(), "--tenant", "paris")
    assert caught.returncode == 2
    assert "SEQUERE_TENANT" in str(caught)


@override_settings(SEQUERE_TENANT="tests.management.test_base.tenant_that_is_found")
def test_a_tenant_that_does_not_exist() -> None:
    caught = refused(Counter(), "--tenant", "rome")
    assert caught.returncode == 2
    assert "There is no tenant 'rome'" in str(caught)
    command = Counter()
    run(command, "--tenant", "paris")
    assert command.seen["entered"] == ["paris"]
    # The error of a command is no error of its tenant.
    with pytest.raises(KeyError):
        run(Counter(KeyError("x")), "--tenant", "paris")
    assert entered == []


def test_the_options_of_commands_that_only_look() -> None:
    parser = SequereCommand().create_parser("manage.py", "look")
    assert "--dry-run" not in parser.format_help()
    assert "--resume" not in parser.format_help()
    assert parser.parse_args([]).using == "default"
