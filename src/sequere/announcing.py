"""Announce changes of edges by signals. All signals are sent from this module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from django.dispatch import Signal

from sequere.declaration import UNTIL, declared
from sequere.questions import Change, Effect
from sequere.signals import (
    edges_added,
    edges_changed,
    edges_removed,
    followed,
    is_heard,
    unfollowed,
)
from sequere.types import REQUESTED, Edge

T = TypeVar("T")

LISTS = {"added": edges_added, "removed": edges_removed, "changed": edges_changed}
FOLLOWS = {"added": followed, "removed": unfollowed}


class Backend(Protocol):
    """The parts of a backend that this module needs."""

    alias: str

    def when_final(self, callback: Callable[[], Any]) -> None: ...


class Message(NamedTuple):
    signal: Signal
    sender: Any
    arguments: dict[str, Any]


def announce(backend: Backend, change: Change[T], answer: T) -> None:
    """Send the signals of a change, as soon as the change cannot be rolled back."""
    if is_heard():
        effects = list(change.effects(answer))
        if any(effect.edges for effect in effects):
            backend.when_final(partial(send, backend, effects))


def send(backend: Backend, effects: Sequence[Effect]) -> None:
    for signal, sender, arguments in messages(backend, effects):
        # The change is final, so the error of a failing receiver is logged, not raised.
        signal.send_robust(sender, **arguments)


async def aannounce(backend: Backend, change: Change[T], answer: T) -> None:
    """See announce(). The change is already final."""
    if is_heard():
        for signal, sender, arguments in messages(backend, change.effects(answer)):
            await signal.asend_robust(sender, **arguments)


def messages(backend: Backend, effects: Iterable[Effect]) -> Iterator[Message]:
    for kind, edges, reason in effects:
        by_relation: dict[str, list[Edge]] = defaultdict(list)
        for edge in edges:
            by_relation[edge.relation].append(edge)
        same = {"reason": reason, "using": backend.alias}
        for name, some in by_relation.items():
            # An undeclared relation has no receivers, and the end of an edge is no edge
            # of the site's.
            relation = declared.get(name)
            if relation and not name.endswith(UNTIL):
                yield Message(LISTS[kind], relation, {"edges": some, **same})
            if name == "follow" and (signal := signal_of(kind, reason)):
                for edge in some:
                    if edge.state & REQUESTED == 0:
                        yield Message(signal, type(backend), {"edge": edge, **same})


def signal_of(kind: str, reason: str) -> Signal | None:
    """Return the signal for a single follow, or None."""
    # An accepted request becomes a follow, so receivers that count follows see a new
    # follow.
    return followed if reason == "accepted" else FOLLOWS.get(kind)
