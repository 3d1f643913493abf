"""A small run of the benchmark, without network and without timing."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks import report, scenes
from benchmarks.contenders import OURS, contenders
from benchmarks.graph import CELEBRITY, CELEBRITY_SHARE
from benchmarks.oracle import Oracle, matches
from benchmarks.scale import report as scale_report
from benchmarks.scale.graph import make
from benchmarks.verbs import VERBS
from tests.settings import ENGINE

ROOT = Path(__file__).parent.parent
HERE = ("plain model", "tuned model", "bare driver", "bare Django")
SMALL = "--users 60 --edges 300 --lengths 20 --rounds 1 --racers 4 --name tiny"
TINY_SCALE = "--edges 4000 --small 3000 --rounds 1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if ENGINE != "sqlite":
        pytest.skip("the benchmark starts its own servers")
    output = tmp_path_factory.mktemp("benchmarks")
    chosen = [f"--contender={name}" for name in HERE]
    command = ["benchmarks", "--here", "--engine=sqlite", *chosen, *SMALL.split()]
    run(command, output)
    return output


def run(command: list[str], output: Path, *more: str) -> None:
    """Run a module with its options, and let it write to `output`."""
    done = subprocess.run(
        [sys.executable, "-m", *command, *more, "--output", output],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert not done.returncode, done.stderr


@pytest.fixture(scope="module")
def found(folder: Path) -> Any:
    return json.loads((folder / "tiny.json").read_text())["engines"]["sqlite"]


def test_all_contenders_do_the_work(found: Any) -> None:
    table = found["table"]
    everyone = {OURS, *HERE}
    assert set(found["contenders"]) == everyone
    for row in ("import, each follow", "follow", "unfollow", "deep page, celebrity"):
        assert set(table[row]) == everyone
    assert set(table["20 friends, celebrity"]) == everyone - {
        "bare driver",
        "bare Django",
    }
    assert set(table["suggestions"]) == set(table["accept"]) == {OURS}
    for row in ("follow 50", "unfollow 50", "which of 50 follow", "counts of 50"):
        assert set(table[row]) == everyone
    assert {len(table["follow"][name]) for name in everyone} == {1}
    assert set(found["curves"]) == {"20"}
    assert {"follow", "first page", "delete"} <= set(found["curves"]["20"])


def test_each_row_has_a_time_of_this_package(found: Any) -> None:
    for table in (found["table"], found["curves"]["20"]):
        assert [row for row, samples in table.items() if OURS not in samples] == []


@pytest.mark.parametrize("draw", [scenes.round_of_graph, scenes.round_of_list])
def test_each_verb_has_a_row(draw: scenes.Draw) -> None:
    cast, _ = scenes.of_list(90, 60, 2 * scenes.NEW)
    measured = {verb for verb, _ in draw(cast, Random(1), 0).values()}
    checks = {"standing", "level"}
    only_of_the_graph = {"awaits at once"} if draw is scenes.round_of_list else set()
    assert set(VERBS) - measured == checks | only_of_the_graph


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
    results = json.loads(path.read_text())
    page = scale_report.page if "small" in results else report.page
    text = page(path.stem, results)
    assert path.with_suffix(".md").read_text() == text


def test_ratios_are_of_the_same_round() -> None:
    theirs = [{"wall": wall} for wall in (2.0, 9.0, 20.0)]
    ours = [{"wall": wall} for wall in (1.0, 3.0, 5.0)]
    assert report.ratio(theirs, ours, "wall") == "3.00 (2.00-4.00)"


@pytest.fixture(scope="module")
def scale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if ENGINE != "sqlite":
        pytest.skip("the benchmark starts its own servers")
    output = tmp_path_factory.mktemp("scale")
    real = output / "real.csv.gz"
    with gzip.open(real, "wt") as file:
        file.write("follower,followee,list\n")
        file.writelines(f"user {n},user {n % 7},x\n" for n in range(100))
    command = ["benchmarks.scale", "--here", "--engine=sqlite", *TINY_SCALE.split()]
    run(command, output, f"--real={real}")
    return output


def test_every_verb_is_measured_in_both_stores(scale: Path) -> None:
    found = json.loads((scale / "scale.json").read_text())["engines"]["sqlite"]
    assert {*found["stores"]} == {"3000", "4000"}
    for size, store in found["stores"].items():
        assert store["failed"] == {}
        assert store["new"] == store["edges"] == int(size)
        assert store["backup"]["bytes"] > 0
        assert not any(row["wrong"] for row in store["rows"].values())
        assert {*found["growing"]} < {*store["rows"]}
        assert {"follow", "get_suggestions, typical", "unblock"} < {*store["rows"]}


def test_the_page_of_scale_is_of_its_samples(scale: Path) -> None:
    text = (scale / "scale.md").read_text()
    results = json.loads((scale / "scale.json").read_text())
    assert text == scale_report.page("scale", results)
    assert "\n| follow | " in text
    assert str(scale) not in text


@pytest.mark.parametrize("edges", [3000, 20_000])
def test_a_graph_of_scale_is_the_same_everywhere(edges: int) -> None:
    one, other = (make(edges) for _ in range(2))
    assert one == other
    pairs = {one[index] for index in range(len(one))}
    assert len(pairs) == len(one) == edges
    assert not any(source == target for source, target in pairs)
    assert {number for pair in pairs for number in pair} <= {*range(1, one.users + 1)}
    followers = Counter(target for _, target in pairs)
    assert followers.most_common(1) == [(CELEBRITY, int(one.users * CELEBRITY_SHARE))]


def test_a_graph_of_scale_is_not_tiny() -> None:
    with pytest.raises(ValueError, match="2999 follows are too few"):
        make(2999)


WRONG = [
    ("is_following", [1, 2], False),
    ("count", [2], 1),
    ("first page", [2], [1, 3]),
    ("first page", [2], [3, 3, 1]),
    ("deep page", [2, {"depth": 1}], [3, 1]),
    ("among 50", [1, [2, 3]], [2, 2]),
    ("friends", [1], [3]),
    ("friends", [1], [2, 2]),
    ("attempt", [1, 2], "NEW"),
    ("count of followings", [1], 2),
    ("count of friends", [2], 2),
    ("counts", [[2, 3]], [0, 2]),
    ("rows with counts", [[2, 3]], None),
    ("followings", [1], [1]),
    ("followers among", [2, [1, 3]], [1]),
    ("friends among", [2, [1, 3]], [1, 3]),
    ("states", [2, [1, 3]], [True, True, True, True]),
    ("known followers", [2, 2], [1, 3]),
    ("common followers", [2, 1], [1]),
    ("common followings", [1, 3], []),
    ("requests", [-2], [1]),
    ("count of requests", [-2], 0),
    ("is_blocking", [1, 2], False),
    ("is_muting", [1, 2], False),
    ("awaits at once", [1, [2, 3]], [True, True]),
]
RIGHT = [
    ("is_following", [1, 2], True),
    ("count", [2], 2),
    ("first page", [2], [3, 1]),
    ("deep page", [2, {"depth": 1}], [1]),
    ("among 50", [1, [2, 3]], [2]),
    ("friends", [1], [2]),
    ("attempt", [1, 2], "SAME"),
    ("count of followings", [1], 1),
    ("count of friends", [2], 1),
    ("counts", [[2, 3]], [2, 0]),
    ("rows with counts", [[2, 3]], [2, 0]),
    ("followings", [1], [2]),
    ("followers among", [2, [1, 3]], [3, 1]),
    ("friends among", [2, [1, 3]], [1]),
    ("states", [2, [1, 3]], [True, False, True, True]),
    ("known followers", [2, 2], [1]),
    ("common followers", [2, 1], []),
    ("common followings", [1, 3], [2]),
    ("requests", [-2], [3]),
    ("count of requests", [-2], 1),
    ("is_blocking", [1, 2], True),
    ("is_muting", [1, 2], True),
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
    made.requests[-2] = {3}
    return made


@pytest.mark.parametrize(
    ("answer", "is_right"),
    [([4, 3], True), ([3], False), ([3, 3, 4], False), (None, False)],
)
def test_what_a_write_leaves(answer: list[int] | None, *, is_right: bool) -> None:
    leaves = VERBS["follow many"].leaves
    assert leaves
    read, right = leaves
    assert right
    assert matches(read, answer, right(1, [3, 4])) == is_right


def test_foreign_contenders_are_pinned() -> None:
    for contender in contenders().values():
        for requirement in contender.requirements:
            assert requirement in ("-e.", "redis") or "==" in requirement
