from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from django.db.models import Exists, Q, Subquery

from sequere.types import ACTIVE, Direction, Ref


class Graph(ABC):
    """How querysets of one registered model ask for one relation, in their own query.

    What it returns is of the rows of that model, or of a child with a table of its own.
    """

    @abstractmethod
    def among(self, ref: Ref, direction: Direction) -> Q:
        """Is the row one of the followers or followings of `ref`? Reads those first."""

    @abstractmethod
    def contains(
        self,
        ref: Ref,
        direction: Direction,
        *,
        state: int = ACTIVE,
        until: datetime | None = None,
    ) -> Exists:
        """The same of each row that is read: for a page, whatever `ref` has. For edges
        of another state, or created at `until` or earlier.
        """

    @abstractmethod
    def count(self, direction: Direction) -> Subquery[Any]:
        """How many followers or followings the row has: an int."""
