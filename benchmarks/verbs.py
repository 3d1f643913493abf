"""The measured verbs, and the arguments of each call. Both processes import this
module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb to measure. `prepare` converts the arguments, and then
    `call(contender, *arguments)` is measured.

    Numbers of users among the arguments have been replaced by users.
    """

    call: Callable[..., Any]
    prepare: Callable[..., Any] | None = None
    #: The method of the contender. If it is None, the verb is not measured.
    method: str = ""


def begin(contender: Any, user: Any) -> tuple[Any, ...]:
    return user, None, PAGE_SIZE


def from_depth(contender: Any, user: Any, depth: Depth) -> tuple[Any, ...]:
    return user, contender.place(user, depth.items), PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Depth:
    """A number that no user has."""

    items: int


VERBS = {
    "follow": Verb(lambda it, *pair: it.follow(*pair)),
    "unfollow": Verb(lambda it, *pair: it.unfollow(*pair)),
    "is_following": Verb(lambda it, *pair: it.is_following(*pair)),
    "count": Verb(lambda it, user: it.count(user)),
    "first page": Verb(lambda it, *place: it.page(*place), begin),
    "deep page": Verb(lambda it, *place: it.page(*place), from_depth),
    "among 50": Verb(lambda it, user, others: it.among(user, others)),
    "friends": Verb(lambda it, user: it.friends(user, PAGE_SIZE), method="friends"),
    "suggestions": Verb(lambda it, user: it.suggestions(user), method="suggestions"),
    "awaits at once": Verb(
        lambda it, user, others: it.awaits(user, others), method="awaits"
    ),
}
