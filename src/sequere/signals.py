"""Signals that report changes of edges. Each signal is sent when the change is final.

The sender of the first three signals is the relation. These signals carry a list
`edges` of this relation, a `reason`, and `using`, the alias of the backend. The sender
of the last two signals, which report one follow each, is the class of the backend.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from django.dispatch import Signal

from sequere.exceptions import ReceiverWarning


class EdgeSignal(Signal):
    """A signal that warns if a receiver does not take its arguments, because the errors
    of receivers are only logged.
    """

    def __init__(self, *arguments: str) -> None:
        super().__init__()
        self.arguments = arguments

    def connect(
        self,
        receiver: Callable[..., Any],
        sender: object | None = None,
        weak: bool = True,
        dispatch_uid: Hashable | None = None,
    ) -> None:
        super().connect(receiver, sender, weak, dispatch_uid)
        if refusal := refusal_of(receiver, self.arguments):
            warnings.warn(refusal, ReceiverWarning, stacklevel=2)


def refusal_of(receiver: Callable[..., Any], arguments: Sequence[str]) -> str | None:
    """Return why `receiver` does not take the arguments of a signal, or None."""
    try:
        signature = inspect.signature(receiver)
        signature.bind(**dict.fromkeys(["signal", "sender", *arguments]))
    except TypeError as exc:
        name = getattr(receiver, "__name__", "receive")
        where = f"{getattr(receiver, '__module__', '?')}.{name}"
        return (
            f"The receiver {where} will never run: {exc}. Write "
            f"`def {name}({arguments[0]}, using, **kwargs):`. To get instances, call "
            "sequere.registry.resolve([edge.source, edge.target])."
        )
    except ValueError:  # Functions written in C have no signature.
        pass
    return None


#: Edges were stored. Reasons: "follow", "blocked", "imported".
edges_added = EdgeSignal("edges", "reason", "using")

#: Edges were removed. Reasons: "unfollow", "rejected", "turned out", "blocked",
#: "unblocked", "removed", "deleted", "forgotten", "expired".
edges_removed = EdgeSignal("edges", "reason", "using")

#: Edges are in another state, or of another level. Reasons: "accepted", "archived",
#: "restored", "level", "copied".
edges_changed = EdgeSignal("edges", "reason", "using")

#: A follow was made.
followed = EdgeSignal("edge", "reason", "using")

#: A follow was removed.
unfollowed = EdgeSignal("edge", "reason", "using")


def is_heard() -> bool:
    """Does any of these signals have a receiver?"""
    return bool(
        edges_added.receivers
        or edges_removed.receivers
        or edges_changed.receivers
        or followed.receivers
        or unfollowed.receivers
    )
