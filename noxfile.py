"""The suite on every supported Python, on real database servers.

Each Python has its own Django: a zipped matrix covers both sides in three runs.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import nox
from nox.command import CommandFailed

MATRIX = {"3.11": "5.2", "3.12": "6.0", "3.13": "6.1"}
#: The engines that a Python tests if it is not the first here: SQL on one, and Redis on
#: the other.
OTHERS = {"3.12": ["sqlite", "postgresql"], "3.13": ["sqlite", "redis"]}
REPORTS = Path(".nox/reports")
STOP_SECONDS = 60
#: How much of an error is repeated at the end of a run, below the table.
FAILURE_LINES = 12
#: These engines take longest. They begin first, so that the lanes end together.
LONGEST = "sqlite", "postgresql", "cluster"

nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"

# SIGTERM acts like Ctrl-C, so that the processes of a session end, too.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def find_pythons() -> list[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for python in MATRIX:
        # These folders come before the shims of pyenv, which fail for an inactive
        # Python.
        for folder in pyenv.glob(f"{python}.*/bin"):
            os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return [python for python in MATRIX if shutil.which(f"python{python}")]


PYTHONS = find_pythons()
results: dict[str, list[tuple[str, str]]] = defaultdict(list)
failures: list[str] = []


@nox.session(python=PYTHONS or False)
def tests(session: nox.Session) -> None:
    """Run pytest beside each engine. Arguments after -- go to pytest."""
    install(session, "test")
    test(session, ["python"])


@nox.session(python=PYTHONS[:1] or False)
def coverage(session: nox.Session) -> None:
    """Run the same on the first Python, and report which lines have run."""
    install(session, "test")
    command = ["coverage", "run", f"--data-file={REPORTS}/.coverage.{{engine}}"]
    try:
        test(session, command)
    finally:
        # The status is ignored: without data, the tests have reported that already.
        for each in (["combine", "--quiet", str(REPORTS)], ["report"]):
            session.run("coverage", *each, success_codes=[0, 1])


@nox.session(python=PYTHONS[-1:] or False)
def lint(session: nox.Session) -> None:
    """Check style and types with the newest Python."""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("mypy", "--config-file", "example/mypy.ini")


@nox.session(python=PYTHONS[-1:] or False)
def docs(session: nox.Session) -> None:
    """Build the documentation site; a warning, such as a dead link, is an error."""
    install(session, "docs")
    build = ["sphinx-build", "--fail-on-warning", "--keep-going", "--fresh-env"]
    session.run(*build, "docs", "build/docs")


@nox.session(python=PYTHONS[-1:] or False)
def dist(session: nox.Session) -> None:
    """Build the release into dist/, check it, and try the wheel with each extra."""
    install(session, "dist")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--no-isolation")
    session.run("twine", "check", "--strict", *map(str, Path("dist").iterdir()))
    session.run("python", "-m", "tests.wheel", str(constraints(session)))


def constraints(session: nox.Session) -> Path:
    python = str(session.python)
    name = f"py{python}-django{MATRIX[python]}".replace(".", "")
    return Path("constraints", f"{name}.txt")


def install(session: nox.Session, requirements: str) -> None:
    """Call pip only if its arguments have changed: a second run needs no network."""
    if not PYTHONS:
        session.error(f"None of these was found: Python {', '.join(MATRIX)}")
    pins = constraints(session)
    orders = [Path("pyproject.toml"), pins, *Path("requirements").glob("*.in")]
    digest = sha256(b"".join(path.read_bytes() for path in sorted(orders))).hexdigest()
    stamp = Path(session.virtualenv.location, "installed")
    if not stamp.exists() or stamp.read_text() != digest:
        session.install("-c", str(pins), "-r", f"requirements/{requirements}.in")
        stamp.write_text(digest)


def engines(session: nox.Session, python: str) -> list[tuple[str, str]]:
    """Return the engines and their states: all engines for the first Python, and SQLite
    and one server for the others.
    """
    command = ["python", "-m", "tests.engines", "list"]
    lines = str(session.run(*command, silent=True, stderr=None)).splitlines()
    states = dict(line.partition(": ")[::2] for line in lines)
    chosen = OTHERS.get(python, states) if python != PYTHONS[0] else states
    return [(name, states[name]) for name in chosen]


def test(session: nox.Session, command: list[str]) -> None:
    """Run the suite beside the engines that this machine has. In CI, it needs all."""
    python = str(session.python)
    states = dict(engines(session, python))
    here = [name for name in states if states[name].startswith("available")]
    passed = run_each(session, command, here)
    for name, state in states.items():
        if name in here:
            version = state.removeprefix("available (").removesuffix(")")
            report = report_of(python, name)
            results[python].append((version, counts(report)))
            failures.extend(f"{python} {name}: {each}" for each in failed(report))
        else:
            results[python].append((name, state))
    if not passed or (here != list(states) and "CI" in os.environ):
        session.error("Not every engine ran and passed.")


def run_each(session: nox.Session, command: list[str], names: list[str]) -> bool:
    """Run the suite beside several engines at a time. Return whether all passed."""
    python = str(session.python)
    REPORTS.mkdir(parents=True, exist_ok=True)
    for name in names:
        report_of(python, name).unlink(missing_ok=True)
    first = [name for name in LONGEST if name in names]
    order = [*first, *(name for name in names if name not in first)]
    try:
        session.run(
            *["python", "-m", "tests.engines", "each", ",".join(order), "--"],
            *command,
            *["-m", "pytest", f"--junit-xml={report_of(python, '{engine}')}"],
            *(session.posargs or chosen(python)),
            # The delay leaves time to stop the servers and to remove their files.
            terminate_timeout=STOP_SECONDS,
        )
    except CommandFailed:
        return False
    return True


def chosen(python: str) -> list[str]:
    """Return arguments of pytest. What hardly depends on Python is tested once."""
    same = ["tests/docs", "tests/example", "tests/faults", "tests/backends/mirror"]
    same += ["tests/elsewhere", "tests/tenants"]
    same += ["tests/backends/test_naive_times.py"]
    same += [f"tests/backends/redis/test_{name}.py" for name in ("deaths", "demo")]
    return ["{tests}", *(f"--ignore={each}" for each in same if python != PYTHONS[0])]


def report_of(python: str, engine: str) -> Path:
    return REPORTS / f"{python}-{engine}.xml"


def counts(report: Path) -> str:
    suite = ElementTree.parse(report).find("testsuite") if report.exists() else None
    if suite is None:
        return "FAILED: no result, see above"
    total, failed, errors, skipped = (
        int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
    )
    numbers = {
        "passed": total - failed - errors - skipped,
        "failed": failed,
        "errors": errors,
        "skipped": skipped,
    }
    found = ", ".join(f"{number} {kind}" for kind, number in numbers.items() if number)
    return f"FAILED: {found}" if failed or errors else found


def failed(report: Path) -> Iterator[str]:
    """Yield the tests and subtests that failed, with the last lines of their errors."""
    if report.exists():
        for test in ElementTree.parse(report).iter("testcase"):
            for failure in (*test.iter("failure"), *test.iter("error")):
                lines = [f"{test.get('classname')}.{test.get('name')}"]
                lines += str(failure.text).splitlines()[-FAILURE_LINES:]
                yield "\n    ".join(lines)


# The table is printed at exit, because nox prints lines of its own after a session.
@atexit.register
def show_results() -> None:
    if not results:
        return
    print(f"\n{'Python':8}{'Django':8}{'Engine':22}Result")
    for python, django in MATRIX.items():
        missing = f"not installed: Python {python}"
        default = [("-", "not run" if python in PYTHONS else missing)]
        for engine, result in results.get(python, default):
            print(f"{python:8}{django:8}{engine:22}{result}", flush=True)
    for failure in failures:
        print(failure, flush=True)
