"""Observe the calls of backends: which question, how large, how long, what outcome.

An observer is a generator function with a single `yield`. It gets a Call. The code
before the `yield` runs before the backend answers, and the code after it runs when the
outcome is known::

    def report(call):
        yield
        statsd.timing(f"sequere.{call.alias}.{call.verb}", call.seconds * 1000)

Without observers, a call costs a single look at an empty tuple.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Generator, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from sequere.declaration import BLOCK
from sequere.questions import Question, Unblock
from sequere.types import Blocked, Edge

if TYPE_CHECKING:
    from sequere.backends.base import BaseBackend

logger = logging.getLogger(__name__)

#: The fields of questions that hold the resources or edges which they are about.
ASKED = ("edges", "pairs", "refs", "others", "sources")


@dataclass(slots=True)
class Call:
    """A question to a backend. `question` and `answer` contain object ids: do not
    write them to logs, spans or metrics.
    """

    backend: BaseBackend
    question: Question[Any]
    #: Was the question awaited?
    asynchronous: bool = False
    #: How long the answer took, known after the `yield`. In a coroutine it includes the
    #: time of other tasks.
    seconds: float = 0.0
    #: The answer, or None until it is there.
    answer: Any = None
    #: The error that the call raised, if it failed.
    error: BaseException | None = None

    @property
    def alias(self) -> str:
        return self.backend.alias

    @property
    def verb(self) -> str:
        """The name of the question's hook, such as "add" or "contains"."""
        return self.question.hook.removeprefix("_")

    @property
    def relation(self) -> str:
        """The name of the relation, or names in order, separated by commas."""
        if isinstance(self.question, Unblock):
            return BLOCK
        if name := getattr(self.question, "relation", ""):
            return str(name)
        edges = getattr(self.question, "edges", ())
        found = edges if isinstance(edges, Collection) else ()
        names = {each.relation for each in found if isinstance(each, Edge)}
        return ", ".join(sorted(names))

    @property
    def size(self) -> int:
        """How many edges, pairs or refs the question is about."""
        for name in ASKED:
            value = getattr(self.question, name, None)
            if isinstance(value, Collection):
                return len(value)
        return 1

    @property
    def results(self) -> int | None:
        """How many edges, refs or times the answer holds, or the answer if it is a
        number; None if there is neither.
        """
        match self.answer:
            case int():
                return int(self.answer)
            case Mapping():
                lists = [
                    each for each in self.answer.values() if isinstance(each, list)
                ]
                return sum(map(len, lists)) if lists else len(self.answer)
            case list():
                return len(self.answer)
            case Blocked(blocks):
                return len(blocks)
            case ([*edges], _):
                return len(edges)
        return None

    @property
    def outcome(self) -> str:
        """Return "ok", or the name of the error's class."""
        return "ok" if self.error is None else type(self.error).__name__


Running: TypeAlias = Generator[None, None, None]
Observer: TypeAlias = Callable[[Call], Running]

#: Of the whole process. The tuple is replaced and never changed.
observers: tuple[Observer, ...] = ()
lock = Lock()
is_inside: ContextVar[bool] = ContextVar("sequere_observed", default=False)


def add_observer(observer: Observer) -> None:
    """Let `observer` see every call of this process. Adding it twice is not an error.

    An observer is called in the thread or task of the call. An Exception that it raises
    is logged, and changes nothing about the call.
    """
    global observers
    with lock:
        if observer not in observers:
            observers = (*observers, observer)


def remove_observer(observer: Observer) -> None:
    """Let `observer` see no more calls. It still learns how open calls end."""
    global observers
    with lock:
        observers = tuple(each for each in observers if each != observer)


class Observed:
    """The time of a call. A question that a backend asks to answer another question
    belongs to the first call, and is not observed.
    """

    __slots__ = ("call", "running", "start", "token")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.running: list[Running] = []
        self.token: Token[bool] | None = None

    def __enter__(self) -> Call:
        if not is_inside.get():
            self.token = is_inside.set(True)
            for observer in observers:
                if running := begun(observer, self.call):
                    self.running.append(running)
        self.start = perf_counter()
        return self.call

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.call.seconds = perf_counter() - self.start
        self.call.error = error
        try:
            for running in reversed(self.running):
                end(running)
        finally:
            # An error that its call kept would keep the frames of the call alive.
            self.call.error = None
            if self.token:
                is_inside.reset(self.token)


def begun(observer: Observer, call: Call) -> Running | None:
    try:
        running = observer(call)
        next(running)
    except Exception:
        logger.exception("The observer %r failed before a call.", observer)
        return None
    return running


def end(running: Running) -> None:
    try:
        next(running, None)
        running.close()
    except Exception:
        logger.exception("The observer %r failed after a call.", running)
