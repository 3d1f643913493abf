from __future__ import annotations

from typing import NamedTuple

from sequere.exceptions import BackendUnavailable
from sequere.types import Edge
from sequere.verifying.exact import Slot

# The roles of the primary. While it is open, it takes all writes. It is closed during a
# swap, and then moved: the former mirror takes all writes. It is returning while the
# writes of that time are copied back.
OPEN, CLOSED, MOVED, RETURNING = "open", "closed", "moved", "returning"


class Mark(NamedTuple):
    """The generation of the edges in a mirror, and the run of the mirror's server.

    The primary and the mirror both keep the mark. A mirror whose mark differs, or whose
    server was restarted, is neither read nor written until it is rebuilt.
    """

    generation: int
    server: str


class Tickets(NamedTuple):
    """The right to write some slots of the mirror, until somebody takes a newer ticket
    for the same bucket.
    """

    mark: Mark
    by_bucket: dict[int, int]


class Left(NamedTuple):
    """The intents that are left, and the age of the oldest in seconds."""

    intents: int
    age: float


class NotReady(BackendUnavailable):
    """The mirror does not hold the edges of the primary: it must be rebuilt."""


#: What a mirror should hold in each slot.
Truth = dict[Slot, Edge | None]
