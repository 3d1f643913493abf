"""Settle slots: let the mirror hold in them what the primary holds.

A settler takes a ticket at the mirror, then reads the intents, then the truth, and then
writes the truth, which the mirror refuses if somebody took a newer ticket meanwhile. At
the end it deletes the intents that it has read. Whenever a settler dies, an intent is
left; and when its bytes arrive late, they do not overwrite those of a later settler.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sequere.backends.mirror.journal import Journal
from sequere.backends.mirror.redis_mirror import RedisMirror, unmarked
from sequere.exceptions import BackendError
from sequere.verifying.exact import Slot

#: A settler begins again this often for slots whose tickets became void.
TRIES = 10


class Sides(NamedTuple):
    """The two sides of a mirror."""

    journal: Journal
    mirror: RedisMirror


class Drained(NamedTuple):
    """A step of drain()."""

    settled: int
    #: The slots that could not be settled. Their intents are left.
    left: int


def settle(sides: Sides, slots: Collection[Slot]) -> set[Slot]:
    """Settle `slots`, and return the slots that could not be settled, because others
    settled the same buckets again and again. Their intents are left.

    Four queries and two round trips. Raise NotReady if the mirror must be rebuilt.
    """
    left = set(slots)
    for _ in range(TRIES):
        if not left:
            break
        for _ in attempt(sides, left):
            pass
    return left


def attempt(sides: Sides, left: set[Slot]) -> Iterator[str]:
    """Try to settle the slots of `left` once, and take the settled slots out of `left`.
    Yield after each step.
    """
    journal, mirror = sides
    if journal.is_in_transaction:
        raise BackendError(
            f"The mirror of {journal.primary.alias!r} cannot be settled inside a "
            "transaction, which may read old data. Call it outside of atomic()."
        )
    tickets = mirror.tickets(left)
    yield "took tickets"
    ids = journal.ids(left)
    yield "read intents"
    truth = journal.truth(left)
    yield "read the truth"
    if journal.mark().generation != tickets.generation:
        raise unmarked(mirror.backend.alias)
    yield "compared the marks"
    written = mirror.write(tickets, truth)
    yield "wrote"
    journal.delete(each for slot in written for each in ids.get(slot, ()))
    left -= written
    yield "deleted the intents"


def drain(sides: Sides) -> Iterator[Drained]:
    """Settle the slots of all intents once, 500 intents in a step."""
    last = 0
    while True:
        slots, last = sides.journal.intents(last)
        if not slots:
            return
        left = settle(sides, slots)
        yield Drained(len(slots) - len(left), len(left))


def drain_all(sides: Sides) -> Iterator[Drained]:
    """drain() until no intent is left, for a primary that nobody writes to."""
    while sides.journal.left().intents:
        yield from drain(sides)


def check_role(sides: Sides, wanted: str, word: str) -> None:
    """Raise BackendError if a word of `sequere_mirror` cannot run in this role."""
    role = sides.journal.role()
    if role != wanted:
        raise BackendError(
            f"`sequere_mirror {word}` cannot run now: "
            f"{sides.journal.primary.alias!r} is {role or 'not started'!s}, and not "
            f"{wanted}. See `manage.py sequere_mirror status`."
        )
