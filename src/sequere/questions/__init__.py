"""What a backend can be asked: one value for each ability, typed by its answer.

`yield from question`, inside a plan, is the answer.
"""

from __future__ import annotations

from sequere.questions.question import Question
from sequere.questions.reading import (
    STRANGERS,
    Common,
    CommonCount,
    Contains,
    Counts,
    Lookup,
    PageOf,
    PagesOf,
    Scan,
    States,
)
from sequere.questions.writing import Add, Archive, Forget, Remove, Restore, Write

__all__ = [
    "STRANGERS",
    "Add",
    "Archive",
    "Common",
    "CommonCount",
    "Contains",
    "Counts",
    "Forget",
    "Lookup",
    "PageOf",
    "PagesOf",
    "Question",
    "Remove",
    "Restore",
    "Scan",
    "States",
    "Write",
]
