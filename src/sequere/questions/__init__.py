"""The questions that a backend answers: one class for each, typed by its answer.

Inside a plan, `yield from question` returns the answer.
"""

from __future__ import annotations

from sequere.questions.question import Question
from sequere.questions.reading import (
    STRANGERS,
    Common,
    CommonCount,
    Contains,
    Counts,
    Edges,
    Lookup,
    PageOf,
    PagesOf,
    Scan,
    States,
)
from sequere.questions.writing import (
    Accept,
    Add,
    Archive,
    Block,
    Change,
    Effect,
    Expire,
    Forget,
    Put,
    Remove,
    Restore,
    SetLevel,
    Unblock,
    Write,
)

__all__ = [
    "STRANGERS",
    "Accept",
    "Add",
    "Archive",
    "Block",
    "Change",
    "Common",
    "CommonCount",
    "Contains",
    "Counts",
    "Edges",
    "Effect",
    "Expire",
    "Forget",
    "Lookup",
    "PageOf",
    "PagesOf",
    "Put",
    "Question",
    "Remove",
    "Restore",
    "Scan",
    "SetLevel",
    "States",
    "Unblock",
    "Write",
]
