"""Keep a mirror up to date: the work of `sequere_mirror drain`."""

from __future__ import annotations

from typing import NamedTuple

from sequere.backends.mirror.marks import MOVED, OPEN, RETURNING
from sequere.backends.mirror.redis_mirror import unmarked
from sequere.backends.mirror.settling import Sides, drain

#: Readers may ask a mirror while a lease of this many seconds stands. A lease is given
#: if no intent is older than OLD_SECONDS.
LEASE_SECONDS = 2.0
OLD_SECONDS = 1.0


class Kept(NamedTuple):
    settled: int
    #: May readers ask the mirror now?
    is_lent: bool


def keep(sides: Sides) -> Kept:
    """Settle all intents, and give readers a lease if the mirror is up to date.

    Raise NotReady if the mirror must be rebuilt. After a swap, there is nothing to do.
    """
    journal, mirror = sides
    if journal.role() in (MOVED, RETURNING):
        return Kept(0, is_lent=False)
    mark = journal.mark()
    settled = sum(step.settled for step in drain(sides))
    journal.check_triggers()
    # The lease begins before the look at the intents: however late it arrives at the
    # mirror, it ends in time.
    until = {place: now + LEASE_SECONDS for place, now in mirror.clocks().items()}
    if mirror.servers() != mark.servers:
        raise unmarked(mirror.backend.alias)
    is_current = journal.role() == OPEN and journal.left().age <= OLD_SECONDS
    return Kept(settled, is_current and mirror.lend(mark.generation, until))
