from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from sequere.transfer.records import Record


class Origin(Protocol):
    """The origin of an import."""

    #: The number of rows that are not edges, or are omitted on purpose.
    omitted: int

    @property
    def fraction(self) -> float | None:
        """Return how much was read, from 0 to 1, or None if that is not known."""
        ...

    def records(self, now: datetime, place: str | None) -> Iterator[Record]:
        """Yield the records after `place`, which is the place of an earlier record.
        `now` is the time of edges without a time. Raise InvalidCursor for a place of
        another origin.
        """
        ...
