from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from django.db.models import Expression, Q

from sequere.types import ACTIVE, Direction, Ref


class Graph(ABC):
    """The queries of one registered model's querysets about one relation.

    The results are about rows of that model, or of a child with a table of its own.
    """

    @abstractmethod
    def among(self, ref: Ref, direction: Direction) -> Q:
        """Is the row one of the followers or followings of `ref`? The query reads the
        list first.
        """

    @abstractmethod
    def contains(
        self,
        ref: Ref,
        direction: Direction,
        *,
        state: int = ACTIVE,
        until: datetime | None = None,
    ) -> Expression:
        """Ask as among() does, but for each row that is read: for a page, however long
        the list of `ref` is. `state` and `until` choose edges of another state, or
        edges created at `until` or earlier.
        """

    @abstractmethod
    def count(self, direction: Direction) -> Expression:
        """Return how many followers or followings the row has: an int."""
