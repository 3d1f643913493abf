"""Make a method of a relation, and its async twin, from a single function."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings

from sequere.arguments import at_hand
from sequere.backends.base import BaseBackend
from sequere.declaration import Declaration
from sequere.handler import get_backend
from sequere.nplusone import WATCHED, notice
from sequere.plans import Plan, Work, adrive, drive
from sequere.questions import Question

R = TypeVar("R", bound=Declaration)
P = ParamSpec("P")
T = TypeVar("T")

#: A method of a relation that returns a question, or a plan of several questions.
Verb = Callable[Concatenate[R, P], Question[T] | Plan[T]]


def verb(plan: Verb[R, P, T]) -> Callable[Concatenate[R, P], T]:
    """Make a method that asks the backend of its keyword argument `using`."""
    name = plan.__name__.removeprefix("_")
    is_watched = name in WATCHED

    @wraps(plan)
    def method(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if is_watched and settings.DEBUG:
            notice(self.name, name, *args, *kwargs.values())
        backend = get_backend(kwargs.get("using"))  # type: ignore[arg-type]
        asked = plan(self, *args, **kwargs)
        if isinstance(asked, Question):
            return backend.ask(asked)
        return carry_out(asked, backend)

    method.__name__ = name
    method.__qualname__ = plan.__qualname__.replace(plan.__name__, name)
    return method


def averb(
    plan: Verb[R, P, T],
) -> Callable[Concatenate[R, P], Coroutine[Any, Any, T]]:
    """Make the async twin of verb(). Lazy arguments are read first, in a thread."""
    name = plan.__name__.removeprefix("_")
    is_watched = name in WATCHED

    @wraps(plan)
    async def method(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        # The types of `P.args` and `P.kwargs` cannot be given to other variables.
        given: Any = [await at_hand(each) for each in args]
        named: Any = {name: await at_hand(each) for name, each in kwargs.items()}
        if is_watched and settings.DEBUG:
            notice(self.name, f"a{name}", *given, *named.values())
        backend = get_backend(named.get("using"))
        asked = plan(self, *given, **named)
        if isinstance(asked, Question):
            return await backend.aask(asked)
        return await adrive(asked, partial(aanswer, backend))

    method.__name__ = f"a{name}"
    method.__qualname__ = plan.__qualname__.replace(plan.__name__, f"a{name}")
    method.__doc__ = f"See {name}()."
    return method


def carry_out(plan: Plan[T], backend: BaseBackend) -> T:
    """Ask `backend` the questions of `plan`, and return the plan's return value."""
    return drive(plan, partial(answer, backend))


async def acarry_out(plan: Plan[T], backend: BaseBackend) -> T:
    """See carry_out(). Without an async driver, the plan runs in a thread."""
    if not backend.supports_async:
        return await sync_to_async(carry_out)(plan, backend)
    return await adrive(plan, partial(aanswer, backend))


def answer(backend: BaseBackend, step: Any) -> Any:
    return step.do() if isinstance(step, Work) else backend.ask(step)


async def aanswer(backend: BaseBackend, step: Any) -> Any:
    if isinstance(step, Work):
        return await sync_to_async(step.do)()
    return await backend.aask(step)
