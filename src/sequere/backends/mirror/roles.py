"""The role of the primary, as one thread or asyncio task knows it."""

from __future__ import annotations

import time

from sequere.backends.mirror.journal import Journal
from sequere.backends.mirror.marks import MOVED, OPEN
from sequere.backends.mirror.own import Trust

#: A role is read again after this many seconds. A swap waits longer than that.
ROLE_SECONDS = 2.0


class Role:
    def __init__(self, trust: Trust) -> None:
        self.trust = trust
        self.name = OPEN
        self.is_started: bool | None = None
        self.until = 0.0

    def read(self, journal: Journal) -> str:
        """Return the current role. One or two queries every two seconds; during a swap,
        with each call.
        """
        if time.monotonic() >= self.until:
            self.read_again(journal)
        return self.name

    def read_again(self, journal: Journal) -> None:
        began, role = time.monotonic(), journal.role()
        if role is not None and self.is_started is False:
            # What was written since the start has not been settled by its writer.
            self.trust.doubt()
        self.is_started = role is not None
        self.name = role or OPEN
        # A transaction may read old data, which must not be kept.
        is_kept = self.name in (OPEN, MOVED) and journal.sees_latest
        self.until = began + ROLE_SECONDS if is_kept else 0.0
