from __future__ import annotations

import gc
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    Edge = tuple[User, User, datetime]

SQL = ("sqlite", "postgresql", "mariadb")
SERVERS = ("redis", "valkey")
CLUSTER = ("cluster",)


class Contender(ABC):
    """One way to keep the same graph, in an environment of its own.

    The referee imports this class, too. It has no packages of the contender, and it has
    not set up Django: import packages in `prepare()`.
    """

    name: ClassVar[str]
    engines: ClassVar[tuple[str, ...]] = SQL
    #: The requirements for pip. Without a version, the version in constraints/ is used.
    requirements: ClassVar[tuple[str, ...]] = ()
    apps: ClassVar[tuple[str, ...]] = ()
    #: The settings of Django that this contender also needs.
    settings: ClassVar[dict[str, Any]] = {}
    #: Can several threads write at once, and does the contender delete users?
    is_whole: ClassVar[bool] = True

    def before_django(self) -> None:  # noqa: B027
        """Supply missing names before Django is set up."""

    def prepare(self) -> None:  # noqa: B027
        """Import the contender. Django is set up, and the tables do not exist."""

    def connect(self) -> None:  # noqa: B027
        """Open connections that Django does not manage. All tables exist."""

    @abstractmethod
    def load(self, edges: Sequence[Edge]) -> None:
        """Add many new follows at once, in the order of their times."""

    @abstractmethod
    def follow(self, source: User, target: User) -> object:
        """Make `source` follow `target`, unless it does so already."""

    @abstractmethod
    def unfollow(self, source: User, target: User) -> object:
        """Remove a follow, if it exists."""

    @abstractmethod
    def is_following(self, source: User, target: User) -> bool: ...

    @abstractmethod
    def count(self, target: User) -> int:
        """Return the number of followers."""

    @abstractmethod
    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        """Return followers, newest first, after a place. None is the beginning."""

    def place(self, target: User, depth: int) -> Any:
        """Return the argument of page() for this depth. This call is not measured."""
        return depth

    @abstractmethod
    def among(self, source: User, others: Sequence[User]) -> Iterable[Any]:
        """Return the users among `others` that the source follows."""

    def has(self, method: str) -> bool:
        """Other verbs are measured if the contender has the method that
        benchmarks/verbs.py names.
        """
        return hasattr(self, method)


def key(item: Any) -> int:
    """Return the number of a user, from any value that a contender answers with."""
    if isinstance(item, tuple):
        return key(item[0])
    return int(getattr(item, "pk", None) or getattr(item, "object_id", item))


def flags(
    others: Sequence[User], followed: Iterable[Any], followers: Iterable[Any]
) -> list[bool]:
    """Return whether each of the others is followed, and then whether each follows."""
    ends = [{key(each) for each in found} for found in (followed, followers)]
    return [other.pk in found for found in ends for other in others]


def flags_of_rows(rows: Iterable[Any], others: Sequence[User]) -> list[bool]:
    """Return the same from rows of users that are annotated with it."""
    found = list(rows)
    followed = [row for row in found if row.is_followed]
    return flags(others, followed, [row for row in found if row.follows_viewer])


def counts_of_rows(rows: Iterable[Any], others: Sequence[User]) -> list[int]:
    found = {row.pk: row.followers_count for row in rows}
    return [found[other.pk] for other in others]


def freeze() -> None:
    """Keep the garbage collector from scanning the graph during a round."""
    gc.collect()
    gc.freeze()
