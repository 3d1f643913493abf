from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from sequere.transfer.records import Record


class Origin(Protocol):
    """Where an import reads from."""

    #: Rows that are no edges, or are left out on purpose.
    omitted: int

    @property
    def fraction(self) -> float | None:
        """How much was read, from 0 to 1, if that is known."""
        ...

    def records(self, now: datetime, place: str | None) -> Iterator[Record]:
        """The records behind `place`, which is of an earlier record. `now` is the time
        of edges that have none. Raise InvalidCursor for a place of another origin.
        """
        ...
