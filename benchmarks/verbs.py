"""What is measured, and what each call is given. Both sides know this module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Verb:
    """`call(contender, *arguments)` is measured; `prepare` changes arguments before.

    Of the arguments, numbers of users have become users.
    """

    call: Callable[..., Any]
    prepare: Callable[..., Any] | None = None
    #: The contender's method; where it is None, the verb is not measured.
    method: str = ""


def begin(contender: Any, user: Any) -> tuple[Any, ...]:
    return user, None, PAGE_SIZE


def from_depth(contender: Any, user: Any, depth: Depth) -> tuple[Any, ...]:
    return user, contender.place(user, depth.items), PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Depth:
    """A number that is no user."""

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
