"""Read and write the exact contents of given slots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from sequere.declaration import BLOCK
from sequere.questions import Block, Edges, Put, Question, Remove, Unblock
from sequere.types import Edge, Pair, Ref

T = TypeVar("T")

#: The ends of an edge: its relation, source and target.
Slot = tuple[str, Ref, Ref]

COPIED = "copied"


class Backend(Protocol):
    """The parts of a backend that this module needs."""

    alias: str

    def ask(self, question: Question[T]) -> T: ...
    def ask_quietly(self, question: Question[T]) -> T: ...
    def unbarred(self, barred: Sequence[str], blocks: Sequence[Edge]) -> list[Edge]: ...
    def bar_again(
        self, barred: Sequence[str], blocks: Sequence[Edge]
    ) -> list[Edge]: ...


def slot_of(edge: Edge) -> Slot:
    return edge[:3]


def there(backend: Backend, slots: Iterable[Slot]) -> dict[Slot, Edge]:
    """Return the current edges in `slots`. One question for each relation."""
    return {
        slot_of(edge): edge
        for relation, pairs in by_relation(slots).items()
        for edge in backend.ask(Edges(relation, pairs)).values()
    }


def write(backend: Backend, edges: Iterable[Edge]) -> None:
    """Overwrite the slots of `edges` with exactly these edges, where the store accepts
    them.

    No signal is sent, because a copied edge is not a new edge.
    """
    edges = list(edges)
    backend.ask_quietly(Put([each for each in edges if each.relation != BLOCK], COPIED))
    write_blocks(backend, [each for each in edges if each.relation == BLOCK])


def write_blocks(backend: Backend, blocks: Iterable[Edge]) -> None:
    """Write blocks. A block with another time is removed first, or it would keep its
    time.
    """
    wanted = {slot_of(edge): edge for edge in blocks}
    found = there(backend, wanted)
    remove(backend, [slot for slot in found if found[slot] != wanted[slot]])
    new = [edge for slot, edge in wanted.items() if found.get(slot) != edge]
    backend.ask_quietly(Block(new, COPIED))


def remove(backend: Backend, slots: Iterable[Slot]) -> None:
    for relation, pairs in by_relation(slots).items():
        if relation == BLOCK:
            backend.ask_quietly(Unblock(pairs, COPIED))
        else:
            backend.ask_quietly(Remove(relation, pairs, COPIED))


def by_relation(slots: Iterable[Slot]) -> dict[str, list[Pair]]:
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for relation, source, target in slots:
        pairs[relation].append(Pair(source, target))
    return pairs
