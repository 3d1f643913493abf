"""Records the backend calls of a request."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from dataclasses import dataclass

from sequere.contrib.debug_toolbar.arguments import arguments_of, shown, subjects
from sequere.nplusone import Place, place_of
from sequere.observing import Call, Running


@dataclass(slots=True)
class Row:
    """One call of a backend."""

    method: str
    alias: str
    place: Place
    relation: str
    arguments: str
    direction: str
    #: The resources of the call, or None if it asks about many at once.
    subjects: tuple[str, ...] | None
    asynchronous: bool = False
    milliseconds: float = 0.0
    results: int | None = None
    error: str = ""


#: The calls of the request that a context belongs to: of a thread, or of an asyncio
#: task and the tasks that this task starts.
recorded: ContextVar[list[Row] | None] = ContextVar("sequere_recorded", default=None)


def record(call: Call) -> Running:
    """The observer that keeps the calls of requests."""
    rows = recorded.get()
    if rows is None:
        yield
        return
    row = row_of(call, place_of(sys._getframe()))
    rows.append(row)
    yield
    row.milliseconds = call.seconds * 1000
    row.results = call.results
    row.error = "" if call.error is None else call.outcome


def row_of(call: Call, place: Place) -> Row:
    given = arguments_of(call.question)
    return Row(
        f"a{call.verb}" if call.asynchronous else call.verb,
        call.alias,
        place,
        call.relation,
        shown(given),
        str(given.get("direction", "")),
        subjects(given),
        call.asynchronous,
    )
