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
    """A way to say the same things about the same graph, in an environment of its own.

    The referee imports this class, too, and has none of the contender's packages and
    no Django that is set up: import them in `prepare()`.
    """

    name: ClassVar[str]
    engines: ClassVar[tuple[str, ...]] = SQL
    #: What pip installs. Without a version, a package has the one in constraints/.
    requirements: ClassVar[tuple[str, ...]] = ()
    apps: ClassVar[tuple[str, ...]] = ()
    #: Other settings of Django that the contender needs.
    settings: ClassVar[dict[str, Any]] = {}
    #: May several threads write at once, and are users deleted through it?
    is_whole: ClassVar[bool] = True

    def before_django(self) -> None:  # noqa: B027
        """Supply what has to be there before Django is set up."""

    def prepare(self) -> None:  # noqa: B027
        """Import what is needed. Django is set up, and no table exists."""

    def connect(self) -> None:  # noqa: B027
        """Open connections that Django has no part in. All tables exist."""

    @abstractmethod
    def load(self, edges: Sequence[Edge]) -> None:
        """Add many new follows at once, in the order of their times."""

    @abstractmethod
    def follow(self, source: User, target: User) -> object:
        """Make `source` follow `target`; do nothing if it does."""

    @abstractmethod
    def unfollow(self, source: User, target: User) -> object:
        """Take a follow away; do nothing if no follow exists."""

    @abstractmethod
    def is_following(self, source: User, target: User) -> bool: ...

    @abstractmethod
    def count(self, target: User) -> int:
        """The number of followers."""

    @abstractmethod
    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        """Followers, newest first, behind a place; None is the beginning."""

    def place(self, target: User, depth: int) -> Any:
        """Whatever page() needs to begin so far down. It is not measured."""
        return depth

    @abstractmethod
    def among(self, source: User, others: Sequence[User]) -> Iterable[Any]:
        """Those of others that the source follows."""

    #: These are measured only where they exist.
    friends: Any = None
    suggestions: Any = None
    awaits: Any = None


def key(item: Any) -> int:
    """The user's number, whatever a contender answers with."""
    if isinstance(item, tuple):
        return key(item[0])
    return int(getattr(item, "pk", None) or getattr(item, "object_id", item))


def freeze() -> None:
    """Let no collection walk through the graph in the middle of a round."""
    gc.collect()
    gc.freeze()
