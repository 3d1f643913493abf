"""Records the backend calls of a request."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sequere.backends.base import BaseBackend, recorder
from sequere.contrib.debug_toolbar.arguments import (
    arguments_of,
    relations,
    shown,
    subjects,
)
from sequere.nplusone import Place, place_of
from sequere.questions import Question
from sequere.types import Blocked


@dataclass(slots=True)
class Call:
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


class ToolbarRecorder:
    """Keeps the calls of one request."""

    def __init__(self, calls: list[Call]) -> None:
        self.calls = calls

    def record(
        self, backend: BaseBackend, question: Question[Any], asynchronous: bool
    ) -> AbstractContextManager[Callable[[Any], None]]:
        # Inside timed(), the calling frame would be another one.
        place = place_of(sys._getframe())
        call = call_of(backend, question, asynchronous, place)
        self.calls.append(call)
        return timed(call)


@contextmanager
def timed(call: Call) -> Iterator[Callable[[Any], None]]:
    def tell(answer: Any) -> None:
        call.results = size_of(answer)

    # Calls that a backend makes during this call are a part of it.
    token = recorder.set(None)
    start = perf_counter()
    try:
        yield tell
    except BaseException as exc:
        call.error = type(exc).__name__
        raise
    finally:
        call.milliseconds = (perf_counter() - start) * 1000
        recorder.reset(token)


def call_of(
    backend: BaseBackend, question: Question[Any], asynchronous: bool, place: Place
) -> Call:
    given = arguments_of(question)
    name = question.hook.removeprefix("_")
    return Call(
        f"a{name}" if asynchronous else name,
        backend.alias,
        place,
        relations(given),
        shown(given),
        str(given.get("direction", "")),
        subjects(given),
        asynchronous,
    )


def size_of(answer: Any) -> int | None:
    """Return the number of edges, refs or times in an answer, or the answer itself if
    it is a number.
    """
    match answer:
        case int():
            return int(answer)
        case Mapping():
            lists = [each for each in answer.values() if isinstance(each, list)]
            return sum(map(len, lists)) if lists else len(answer)
        case list():
            return len(answer)
        case Blocked(blocks):
            return len(blocks)
    return None
