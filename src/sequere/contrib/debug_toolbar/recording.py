"""Records what backends are asked, in the contexts that a list was given to."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import Any

from sequere.backends.base import BaseBackend
from sequere.contrib.debug_toolbar.arguments import kept, relations, shown, subjects
from sequere.nplusone import Place, place_of

#: Public methods that ask nothing, or tell how it went only later.
AROUND = {"atomic", "check", "graph", "repair", "shares_transaction", "verify"}
AROUND |= {"when_final"}
METHODS = {
    name
    for name, it in vars(BaseBackend).items()
    if inspect.isfunction(it) and not name.startswith("_")
} - AROUND
MARK = "_sequere_recorded"


@dataclass(slots=True)
class Call:
    """A call of a method of a backend."""

    method: str
    alias: str
    place: Place
    relation: str
    arguments: str
    direction: str
    #: What it is about; None if it is about many resources at once.
    subjects: tuple[str, ...] | None
    milliseconds: float = 0.0
    results: int | None = None
    error: str = ""


#: Kept by context: of a thread, or of an asyncio task and what it starts or awaits.
current: ContextVar[list[Call] | None] = ContextVar("sequere_calls", default=None)


def instrument(backend: BaseBackend) -> None:
    """Let `backend` record its calls wherever `current` has a list.

    For good, because other requests may use the same instance; elsewhere a call costs
    a look at `current` more.
    """
    if MARK in vars(backend):
        return
    setattr(backend, MARK, True)
    for name in METHODS:
        method = getattr(backend, name)
        wrap = asynchronous if inspect.iscoroutinefunction(method) else synchronous
        setattr(backend, name, wrap(backend, method))


def synchronous(backend: BaseBackend, method: Callable[..., Any]) -> Any:
    signature = inspect.signature(method)

    @wraps(method)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        calls = current.get()
        if calls is None:
            return method(*args, **kwargs)
        bound = bind(signature, args, kwargs)
        call = call_of(backend, method, bound, place_of(sys._getframe()))
        with recording(call, calls):
            answer = method(*bound.args, **bound.kwargs)
            call.results = size_of(answer)
        return answer

    return recorded


def asynchronous(backend: BaseBackend, method: Callable[..., Any]) -> Any:
    signature = inspect.signature(method)

    @wraps(method)
    async def recorded(*args: Any, **kwargs: Any) -> Any:
        calls = current.get()
        if calls is None:
            return await method(*args, **kwargs)
        bound = bind(signature, args, kwargs)
        call = call_of(backend, method, bound, place_of(sys._getframe()))
        with recording(call, calls):
            answer = await method(*bound.args, **bound.kwargs)
            call.results = size_of(answer)
        return answer

    return recorded


def bind(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> inspect.BoundArguments:
    bound = signature.bind(*args, **kwargs)
    for name, value in bound.arguments.items():
        bound.arguments[name] = kept(value)
    return bound


def call_of(
    backend: BaseBackend,
    method: Callable[..., Any],
    bound: inspect.BoundArguments,
    place: Place,
) -> Call:
    given = bound.arguments
    return Call(
        method.__name__,
        backend.alias,
        place,
        relations(given),
        shown(given),
        str(given.get("direction", "")),
        subjects(given),
    )


@contextmanager
def recording(call: Call, calls: list[Call]) -> Iterator[None]:
    calls.append(call)
    # What a method asks of others is a part of it.
    token = current.set(None)
    start = perf_counter()
    try:
        yield
    except BaseException as exc:
        call.error = type(exc).__name__
        raise
    finally:
        call.milliseconds = (perf_counter() - start) * 1000
        current.reset(token)


def size_of(answer: Any) -> int | None:
    """How many edges, refs or times there are in an answer; a number itself."""
    match answer:
        case int():
            return int(answer)
        case Mapping():
            lists = [each for each in answer.values() if isinstance(each, list)]
            return sum(map(len, lists)) if lists else len(answer)
        case list():
            return len(answer)
    return None
