"""The problems that verify() and repair() report to tests."""

from __future__ import annotations

from collections.abc import Iterable

from sequere.types import Problem, Progress
from sequere.verifying.findings import UNREGISTERED


def problems_in(steps: Iterable[Progress]) -> list[Problem]:
    """Return what was found, except that no model is registered for these refs."""
    every = [problem for step in steps for problem in step.problems]
    return [problem for problem in every if problem.what != UNREGISTERED]
