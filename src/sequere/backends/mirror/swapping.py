"""Let the mirror take the place of its primary, and bring the edges back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sequere.backends.mirror.marks import CLOSED, MOVED, OPEN, RETURNING
from sequere.backends.mirror.rebuilding import damage
from sequere.backends.mirror.roles import ROLE_SECONDS
from sequere.backends.mirror.settling import Sides, check_role, drain, drain_all
from sequere.exceptions import BackendError
from sequere.verifying.comparing import Comparison, compare
from sequere.verifying.copying import COMPARE, copy

#: After this many seconds, every process has read the new role.
LONGEST_ROLE = 2 * ROLE_SECONDS


class Step(NamedTuple):
    """A step of swap() or swap_back(): its phase, and the number of its edges."""

    phase: str
    edges: int


class Differs(BackendError):
    """The two sides are not equal."""


def swap(sides: Sides) -> Iterator[Step]:
    """Let the mirror take all writes and answer all reads, from the last step on.

    Writes are refused by the database, and wait in MirrorBackend, from the phase
    "close" to the end: for 4 seconds, and for the comparison of all edges. If an edge
    differs, the primary is opened again, and Differs is raised. A swap that was killed
    goes on if it is called again; abort() takes it back.
    """
    journal, mirror = sides
    if journal.role() == OPEN:
        yield from drained(sides)
        yield from compared(sides, damage(sides))
        journal.refuse(CLOSED)
    check_role(sides, CLOSED, "swap")
    # A stop() that died may have dropped them.
    journal.check_triggers()
    yield Step("close", 0)
    time.sleep(LONGEST_ROLE)
    yield from (Step("drain", step.settled) for step in drain_all(sides))
    try:
        yield from compared(sides, compare(journal.primary, mirror.backend))
    except Differs:
        journal.accept(OPEN)
        raise
    # From now on, no settler writes and nobody rebuilds, however late.
    mirror.keep()
    journal.become(MOVED)
    yield Step("open", 0)


def adopt(sides: Sides) -> None:
    """Begin with the mirror in the place of the primary, as after a swap: its edges are
    there already. The database refuses writes from then on. Call it again after it was
    killed.
    """
    journal, mirror = sides
    mirror.keep()
    journal.start(MOVED)
    journal.refuse(MOVED)


def abort(sides: Sides) -> None:
    """Open the primary again after a swap that did not come to its end."""
    check_role(sides, CLOSED, "open")
    sides.mirror.release()
    sides.journal.accept(OPEN)


def swap_back(sides: Sides) -> Iterator[Step]:
    """Copy what was written after a swap back to the primary, and open the primary.

    Redis has no transactions that would note writes, so writes wait or are refused
    meanwhile: for 8 seconds, for two comparisons of all edges, and for the copy of the
    edges that differ. Only MirrorBackend refuses them, so no process may write to the
    mirror's alias itself. If it was killed, call it again.
    """
    journal, mirror = sides
    if journal.role() == MOVED:
        journal.become(RETURNING)
    check_role(sides, RETURNING, "swap-back")
    yield Step("close", 0)
    time.sleep(LONGEST_ROLE)
    journal.accept(RETURNING)
    for step in copy(mirror.backend, journal.primary, resume=f"{COMPARE}:"):
        if step.left:
            raise Differs(
                f"{len(step.left)} edges cannot be stored in "
                f"{journal.primary.alias!r}, such as {next(iter(step.left))}: an end "
                "has no row. Run sequere_verify --repair --using "
                f"{mirror.backend.alias}, and then swap-back again."
            )
        yield Step("copy", step.edges)
    yield from compared(sides, compare(journal.primary, mirror.backend))
    mirror.release()
    journal.become(OPEN)
    yield Step("open", 0)
    # A process that has just read the role may still read the mirror.
    time.sleep(LONGEST_ROLE)


def drained(sides: Sides) -> Iterator[Step]:
    yield from (Step("drain", step.settled) for step in drain(sides))


def compared(sides: Sides, steps: Iterable[Comparison]) -> Iterator[Step]:
    """Raise Differs if the two sides are not equal."""
    for step in steps:
        if step.differences:
            raise Differs(
                f"{len(step.differences)} edges differ between "
                f"{sides.journal.primary.alias!r} and {sides.mirror.backend.alias!r}, "
                f"such as {next(iter(step.differences))}. Run "
                "`manage.py sequere_mirror repair`, and then again."
            )
        yield Step("compare", step.edges)
