"""The one place that says what was changed, whoever asked for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.dispatch import Signal

from sequere.declaration import declared
from sequere.questions import Write
from sequere.signals import (
    edges_added,
    edges_changed,
    edges_removed,
    followed,
    is_heard,
    unfollowed,
)
from sequere.types import REQUESTED, Edge

if TYPE_CHECKING:
    from sequere.backends.base import BaseBackend

LISTS = {"added": edges_added, "removed": edges_removed, "changed": edges_changed}
FOLLOWS = {"added": followed, "removed": unfollowed}


class Message(NamedTuple):
    signal: Signal
    sender: Any
    arguments: dict[str, Any]


def announce(backend: BaseBackend, write: Write, edges: list[Edge]) -> None:
    """Send the signals of `write` once it cannot be rolled back."""
    if edges and is_heard():
        backend.when_final(partial(send, backend, write, edges))


def send(backend: BaseBackend, write: Write, edges: list[Edge]) -> None:
    for signal, sender, arguments in messages(backend, write, edges):
        # Robust: the change is final, so a failing receiver is logged, not raised.
        signal.send_robust(sender, **arguments)


async def aannounce(backend: BaseBackend, write: Write, edges: list[Edge]) -> None:
    """See announce(). The write is final already."""
    if edges and is_heard():
        for signal, sender, arguments in messages(backend, write, edges):
            await signal.asend_robust(sender, **arguments)


def messages(
    backend: BaseBackend, write: Write, edges: list[Edge]
) -> Iterator[Message]:
    by_relation: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        by_relation[edge.relation].append(edge)
    same = {"reason": write.reason, "using": backend.alias}
    for name, some in by_relation.items():
        # Nobody can listen to a relation that is not declared.
        if relation := declared.get(name):
            yield Message(LISTS[write.effect], relation, {"edges": some, **same})
            if name == "follow" and (signal := FOLLOWS.get(write.effect)):
                for edge in some:
                    if edge.state & REQUESTED == 0:
                        yield Message(signal, type(backend), {"edge": edge, **same})
