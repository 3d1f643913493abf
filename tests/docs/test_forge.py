"""The files for the forge and for the host of the documentation are well-formed, and
say what the Makefile and noxfile.py say.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.blocks import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
DOCS_HOST = ROOT / ".readthedocs.yaml"
FILES = [DOCS_HOST, ROOT / ".pre-commit-config.yaml", *ROOT.glob(".github/**/*.yml")]


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_files_are_well_formed(file: Path) -> None:
    assert isinstance(read(file), dict)


def test_forms_have_a_label_for_each_question() -> None:
    for form in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"):
        for field in read(form)["body"]:
            wanted = "value" if field["type"] == "markdown" else "label"
            assert field["attributes"][wanted], form.name


def test_the_workflow_runs_words_that_exist() -> None:
    steps = [step for job in read(WORKFLOW)["jobs"].values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    words = re.findall(r"^make (\w+)$", "\n".join(commands), re.MULTILINE)
    assert words
    assert not set(words) - set(makefile_words())
    assert ".ci/run" in commands


def makefile_words() -> list[str]:
    return re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_pythons_are_those_of_nox() -> None:
    pins = [name.name for name in (ROOT / "constraints").glob("py*.txt")]
    wanted = sorted({f"3.{re.findall(r'py3([0-9]+)', pin)[0]}" for pin in pins})
    steps = read(WORKFLOW)["jobs"]["run"]["steps"]
    [chosen] = [
        s["with"]["python-version"] for s in steps if "python" in s.get("uses", "")
    ]
    assert chosen.split() == wanted
    host = read(DOCS_HOST)
    assert host["build"]["tools"]["python"] == wanted[-1]
    [command] = host["build"]["jobs"]["install"]
    for path in re.findall(r"(?:-c|-r) (\S+)", command):
        assert (ROOT / path).exists()
