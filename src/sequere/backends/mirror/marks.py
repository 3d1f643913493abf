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
    """The generation of the edges in a mirror, and the run of the mirror's servers.

    The primary keeps it. The mirror keeps the generation, too, beside the name of the
    run. A mirror of another generation, or one whose server was restarted, is neither
    read nor written until it is rebuilt.
    """

    generation: int
    servers: str


class Stage(NamedTuple):
    """What a place of the mirror knows of its edges."""

    generation: int
    name: str
    #: Has the server run since the generation began?
    is_here: bool


class Tickets(NamedTuple):
    """The right to write some cells of the mirror, until somebody takes newer tickets
    for the same cells.
    """

    generation: int
    by_cell: dict[tuple[str, int], int]


class Left(NamedTuple):
    """The intents that are left, and the age of the oldest in seconds."""

    intents: int
    age: float


class NotReady(BackendUnavailable):
    """The mirror does not hold the edges of the primary: it must be rebuilt."""


#: What a mirror should hold in each slot.
Truth = dict[Slot, Edge | None]
