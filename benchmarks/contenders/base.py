from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import User

Edge = tuple[User, User, datetime]

PAGE_SIZE = 20


class Contender(ABC):
    """A way to say the same things about the same graph."""

    name: ClassVar[str]

    @abstractmethod
    def load(self, edges: Sequence[Edge]) -> None:
        """Add many follows at once."""

    @abstractmethod
    def follow(self, source: User, target: User) -> object: ...

    @abstractmethod
    def unfollow(self, source: User, target: User) -> object: ...

    @abstractmethod
    def is_following(self, source: User, target: User) -> bool: ...

    @abstractmethod
    def count(self, target: User) -> int: ...

    @abstractmethod
    def newest(self, target: User) -> Sequence[Any]:
        """The newest followers with their times."""

    @abstractmethod
    def place(self, target: User, depth: int) -> Any:
        """Whatever page() needs to begin so far down."""

    @abstractmethod
    def page(self, target: User, place: Any) -> Sequence[Any]:
        """A page of followers; the first, if place is None."""

    @abstractmethod
    def among(self, source: User, others: Sequence[User]) -> Collection[Any]:
        """Those of others that the source follows."""
