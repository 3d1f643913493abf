"""The pairs that a writer has written, which it settles after the commit."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import DatabaseError

from sequere.backends.mirror.keeping import LEASE_SECONDS, OLD_SECONDS
from sequere.backends.mirror.settling import Sides, settle
from sequere.declaration import BLOCK
from sequere.exceptions import SequereError
from sequere.questions import (
    Accept,
    Add,
    Block,
    Change,
    Expire,
    Put,
    Remove,
    SetLevel,
    Unblock,
)
from sequere.types import Blocked
from sequere.verifying.exact import Slot, slot_of

logger = logging.getLogger("sequere.backends.mirror")

#: A writer settles this many pairs of a transaction. The drainer settles the others.
MOST = 100
#: After this many seconds, an intent is settled, or no lease stands: see keep().
DOUBT_SECONDS = 2 * (LEASE_SECONDS + OLD_SECONDS)
#: A mirror that failed is left alone for this many seconds.
REST_SECONDS = 1.0


class Trust:
    """Whether a thread, or an asyncio task, may ask the mirror."""

    #: The mirrors of the process that failed, by alias, and until when they rest.
    resting: dict[str, float] = {}

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.until = 0.0

    def is_allowed(self) -> bool:
        now = time.monotonic()
        return now >= self.until and not self.is_resting()

    def is_resting(self) -> bool:
        return time.monotonic() < self.resting.get(self.alias, 0.0)

    def doubt(self) -> None:
        """Something that this writer wrote is not in the mirror yet."""
        self.until = time.monotonic() + DOUBT_SECONDS

    def rest(self) -> None:
        self.resting[self.alias] = time.monotonic() + REST_SECONDS


class Own:
    """The pairs that were written in one transaction."""

    def __init__(self, sides: Sides, trust: Trust) -> None:
        self.sides = sides
        self.trust = trust
        self.changed: set[Slot] = set()
        self.named: set[Slot] = set()
        self.is_whole = True
        self.is_done = False

    def is_open(self, sides: Sides) -> bool:
        """Can more pairs of these sides be added? Tenants have mirrors of their own."""
        return not self.is_done and self.sides.mirror.prefix == sides.mirror.prefix

    def add(self, changed: list[Slot] | None, named: list[Slot] | None) -> None:
        """Add the slots that a write has changed, and those that it names. None stands
        for slots that nobody has listed.
        """
        for slots, more in (self.changed, changed), (self.named, named):
            if more is None or len(slots) + len(more) > MOST:
                self.is_whole = False
            else:
                slots.update(more)

    def settle(self) -> None:
        """Settle all pairs once. A failure is not an error: the intents are left."""
        if self.is_done:
            return
        self.is_done = True
        if not (self._is_settled() and self.is_whole):
            self.trust.doubt()

    def _is_settled(self) -> bool:
        if self.trust.is_resting():
            return False
        try:
            # What was there already may be what another writer has not settled yet.
            noted = self.sides.journal.ids(self.named - self.changed)
            return not settle(self.sides, {*self.changed, *noted})
        except (SequereError, DatabaseError) as exc:
            logger.warning(
                "Backend %r could not settle its own writes in its mirror; "
                "`sequere_mirror drain` does it later. Cause: %s",
                self.trust.alias,
                exc,
            )
            self.trust.rest()
            return False


def written(answer: Any) -> list[Slot]:
    """Return the slots that a change has changed, by its answer."""
    edges = [*answer.blocks, *answer.cut] if isinstance(answer, Blocked) else answer
    return [slot_of(edge) for edge in edges]


def asked_for(change: Change[Any]) -> list[Slot] | None:
    """Return the slots that a change names, or None if it names whole lists."""
    match change:
        case Add() | Put():
            return [slot_of(edge) for edge in change.edges]
        case Block():
            pairs = [(edge.source, edge.target) for edge in change.edges]
            pairs += [(target, source) for source, target in pairs]
            return [(name, *pair) for name in (BLOCK, *change.barred) for pair in pairs]
        case Remove() | SetLevel():
            return [(change.relation, *pair) for pair in change.pairs]
        case Expire():
            names = change.relation, change.ends
            return [(name, *pair) for name in names for pair in change.pairs]
        case Unblock():
            return [(BLOCK, *pair) for pair in change.pairs]
        case Accept(sources=[*sources]):
            return [(change.relation, each, change.target) for each in sources]
    return None
