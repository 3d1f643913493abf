"""Plans: the same code runs in threads and in asyncio.

A plan is a generator. It yields steps, and each step is sent its answer. drive()
answers the steps in a thread, and adrive() awaits the answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

Step = TypeVar("Step")
T = TypeVar("T")

#: A plan that yields questions, or work for a thread, and returns T.
Plan: TypeAlias = Generator[Any, Any, T]


class Work(NamedTuple, Generic[T]):
    """A step that needs no backend, such as a read of instances."""

    do: Callable[[], T]


def drive(plan: Generator[Step, Any, T], answer: Callable[[Step], Any]) -> T:
    """Answer every step of `plan`, and return the plan's return value."""
    try:
        step = next(plan)
        while True:
            step = plan.send(answer(step))
    except StopIteration as done:
        result: T = done.value
        return result


async def adrive(
    plan: Generator[Step, Any, T], answer: Callable[[Step], Awaitable[Any]]
) -> T:
    """See drive()."""
    try:
        step = next(plan)
        while True:
            step = plan.send(await answer(step))
    except StopIteration as done:
        result: T = done.value
        return result
