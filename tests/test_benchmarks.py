"""A small run of the benchmark, without network and without timing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.contenders import OURS, contenders
from benchmarks.oracle import Oracle
from tests.settings import ENGINE

ROOT = Path(__file__).parent.parent
HERE = ("plain model", "tuned model", "bare driver")
SMALL = "--users 60 --edges 300 --lengths 20 --rounds 1 --racers 4 --name tiny"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if ENGINE != "sqlite":
        pytest.skip("the benchmark starts its own servers")
    output = tmp_path_factory.mktemp("benchmarks")
    chosen = [f"--contender={name}" for name in HERE]
    command = [sys.executable, "-m", "benchmarks", "--here", "--engine=sqlite"]
    done = subprocess.run(
        [*command, *chosen, *SMALL.split(), "--output", output],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert not done.returncode, done.stderr
    return output


@pytest.fixture(scope="module")
def found(folder: Path) -> Any:
    return json.loads((folder / "tiny.json").read_text())["engines"]["sqlite"]


def test_all_contenders_do_the_work(found: Any) -> None:
    table = found["table"]
    everyone = {OURS, *HERE}
    assert set(found["contenders"]) == everyone
    for row in ("import, each follow", "follow", "unfollow", "deep page, celebrity"):
        assert set(table[row]) == everyone
    assert set(table["20 friends, celebrity"]) == everyone - {"bare driver"}
    assert set(table["suggestions"]) == {OURS}
    assert {len(table["follow"][name]) for name in everyone} == {1}
    assert set(found["curves"]) == {"20"}
    assert {"follow", "first page", "delete"} <= set(found["curves"]["20"])


@pytest.mark.parametrize("name", [OURS, *HERE])
def test_all_answers_are_right(found: Any, name: str) -> None:
    facts = found["contenders"][name]
    assert facts["failed"] == []
    assert facts["wrong_answers"] == facts["leftovers"] == 0


def test_this_package_is_exact_in_races(found: Any) -> None:
    races = found["contenders"][OURS]["races"]
    assert races.pop("exceptions") == {}
    assert set(races) == set(report.RACES)
    assert not any(races.values())


def test_the_page_is_of_the_samples_and_of_no_place(folder: Path) -> None:
    text = (folder / "tiny.md").read_text()
    assert text == report.page("tiny", json.loads((folder / "tiny.json").read_text()))
    for row in ("follow", "which of 50", "bytes for each follow"):
        assert f"\n| {row} | " in text
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "benchmarks").glob("*.json")), ids=lambda p: p.stem
)
def test_published_pages_are_of_their_samples(path: Path) -> None:
    page = report.page(path.stem, json.loads(path.read_text()))
    assert path.with_suffix(".md").read_text() == page


def test_ratios_are_of_the_same_round() -> None:
    theirs = [{"wall": wall} for wall in (2.0, 9.0, 20.0)]
    ours = [{"wall": wall} for wall in (1.0, 3.0, 5.0)]
    assert report.ratio(theirs, ours, "wall") == "3.00 (2.00-4.00)"


WRONG = [
    ("is_following", [1, 2], False),
    ("count", [2], 1),
    ("first page", [2], [1, 3]),
    ("first page", [2], [3, 3, 1]),
    ("deep page", [2, {"depth": 1}], [3, 1]),
    ("among 50", [1, [2, 3]], [2, 2]),
    ("friends", [1], [3]),
    ("awaits at once", [1, [2, 3]], [True, True]),
]
RIGHT = [
    ("is_following", [1, 2], True),
    ("count", [2], 2),
    ("first page", [2], [3, 1]),
    ("deep page", [2, {"depth": 1}], [1]),
    ("among 50", [1, [2, 3]], [2]),
    ("friends", [1], [2]),
    ("awaits at once", [1, [2, 3]], [True, False]),
]


@pytest.mark.parametrize(("verb", "call", "answer"), RIGHT)
def test_right_answers(verb: str, call: list[Any], answer: Any) -> None:
    assert oracle().is_right(verb, call, answer)


@pytest.mark.parametrize(("verb", "call", "answer"), WRONG)
def test_wrong_answers(verb: str, call: list[Any], answer: Any) -> None:
    assert not oracle().is_right(verb, call, answer)


def oracle() -> Oracle:
    made = Oracle()
    made.add([(1, 2), (3, 2), (2, 1)])
    return made


def test_foreign_contenders_are_pinned() -> None:
    for contender in contenders().values():
        for requirement in contender.requirements:
            assert requirement in ("-e.", "redis") or "==" in requirement
