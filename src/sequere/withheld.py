"""Object ids are personal data, so that log records show only how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Withheld(Generic[T]):
    """The attribute `withheld` of a log record. Its text is the number of `values`, and
    a handler of the site's own may read them.
    """

    def __init__(self, values: Sequence[T]) -> None:
        self.values = values

    def __repr__(self) -> str:
        return f"<{len(self.values)} withheld>"
