"""The receivers that the signals can call."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.dispatch import receiver

from sequere.exceptions import ReceiverWarning
from sequere.signals import followed, unfollowed


def former(sender: Any, from_instance: Any, to_instance: Any, **kwargs: Any) -> None:
    """Receivers as they were written for older versions."""


def without_the_rest(edge: Any, using: Any) -> None: ...


class Methods:
    def former(self, from_instance: Any, **kwargs: Any) -> None: ...

    def fit(self, edge: Any, **kwargs: Any) -> None: ...


async def fit(sender: Any, edge: Any, using: str, more: int = 1, **kw: Any) -> None: ...


def connect(call: Callable[..., Any]) -> None:
    for signal in (followed, unfollowed):
        signal.connect(call, weak=False)
        signal.disconnect(call)


@pytest.mark.parametrize(
    ("call", "name", "why"),
    [
        (former, "tests.test_signals.former", "argument: 'from_instance'"),
        (Methods().former, "tests.test_signals.former", "argument: 'from_instance'"),
        (without_the_rest, "without_the_rest", "unexpected keyword argument 'signal'"),
        (lambda: None, "<lambda>", "unexpected keyword argument"),
    ],
)
def test_receivers_that_would_never_run(
    call: Callable[..., Any], name: str, why: str
) -> None:
    with pytest.warns(ReceiverWarning) as caught:
        connect(call)
    assert len(caught) == 2
    message = str(caught[0].message)
    for part in (f"{name} will never run", why, "(edge, using, **kwargs)", "resolve("):
        assert part in message
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "call", [fit, Methods().fit, partial(former, from_instance=1, to_instance=2), dict]
)
def test_receivers_that_are_fit(call: Callable[..., Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect(call)


def test_the_decorator() -> None:
    with pytest.warns(ReceiverWarning, match=r"\.late will never run"):

        @receiver(followed, weak=False)
        def late(from_instance: Any, **kwargs: Any) -> None: ...

    followed.disconnect(late)
