"""What threads and asyncio do alike: a plan says what to ask, and gets the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar

from asgiref.sync import sync_to_async

T = TypeVar("T")


class Ask(NamedTuple):
    """A question, in a form for threads and in one for asyncio."""

    now: Callable[[], Any]
    soon: Callable[[], Awaitable[Any]]


def ask(whom: Any, verb: str, *arguments: Any, **options: Any) -> Ask:
    """A method of `whom`, or its twin whose name begins with an `a`."""
    hook = "_" if verb.startswith("_") else ""
    twin = f"{hook}a{verb.removeprefix('_')}"
    return Ask(
        partial(getattr(whom, verb), *arguments, **options),
        partial(getattr(whom, twin), *arguments, **options),
    )


Plan: TypeAlias = Generator[Ask, Any, T]


def carry_out(plan: Plan[T]) -> T:
    """Answer all that `plan` asks, and return what it returns."""
    try:
        ask = next(plan)
        while True:
            ask = plan.send(ask.now())
    except StopIteration as done:
        result: T = done.value
        return result


async def acarry_out(plan: Plan[T], *, in_thread: bool = False) -> T:
    """carry_out() for asyncio: ask by ask, or all of it in a thread."""
    if in_thread:
        return await sync_to_async(carry_out)(plan)
    try:
        ask = next(plan)
        while True:
            ask = plan.send(await ask.soon())
    except StopIteration as done:
        result: T = done.value
        return result


Y = TypeVar("Y")


def drive(plan: Generator[Y, Any, T], answer: Callable[[Y], Any]) -> T:
    """Send `answer(step)` to `plan` for each step it yields; return its result."""
    try:
        step = next(plan)
        while True:
            step = plan.send(answer(step))
    except StopIteration as done:
        result: T = done.value
        return result


async def adrive(
    plan: Generator[Y, Any, T], answer: Callable[[Y], Awaitable[Any]]
) -> T:
    """drive() for asyncio: each answer is awaited."""
    try:
        step = next(plan)
        while True:
            step = plan.send(await answer(step))
    except StopIteration as done:
        result: T = done.value
        return result
