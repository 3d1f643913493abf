"""The table of what each verb does to a slot, and code that fills a slot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from sequere import api
from sequere.handler import get_backend
from sequere.questions import Forget
from sequere.registration import registry
from sequere.types import (
    ACTIVE,
    REQUESTED,
    SOURCE_ARCHIVED,
    SOURCE_BARS,
    STATES,
    TARGET_ARCHIVED,
    TARGET_BARS,
    Attempt,
)

#: The content of a slot: nothing, an edge in a state, or a bar.
Content: TypeAlias = int | None
BOTH_BAR = SOURCE_BARS | TARGET_BARS
CONTENTS: tuple[Content, ...] = (None, *range(STATES), 16, 32, BOTH_BAR)


class Row(NamedTuple):
    """A verb of `source` and `target`, the ends of the slot."""

    do: Callable[[Any, Any], Any]
    #: The content that the verb leaves in the slot, and the answer of the verb.
    expect: Callable[[Content], tuple[Content, Any]]
    #: Does the target approve its followers while the verb is called?
    asks: bool = False


def is_bar(content: Content) -> bool:
    return content is not None and content >= STATES


def is_edge(content: Content) -> bool:
    return content is not None and content < STATES


def is_request(content: Content) -> bool:
    return is_edge(content) and bool((content or 0) & REQUESTED)


def attempted(content: Content, *, asks: bool) -> tuple[Content, Attempt]:
    match content:
        case None:
            return (1, Attempt.REQUESTED) if asks else (0, Attempt.NEW)
        case 0:
            return 0, Attempt.SAME
        case 1:
            return (1, Attempt.PENDING) if asks else (0, Attempt.NEW)
        case 32:
            return content, Attempt.BLOCKED
        case 16 | 48:
            return content, Attempt.BLOCKING
    return content, Attempt.ARCHIVED


def followed(content: Content, *, asks: bool) -> tuple[Content, bool]:
    left, attempt = attempted(content, asks=asks)
    return left, attempt is Attempt.NEW


def unfollowed(content: Content) -> tuple[Content, bool]:
    return (None, True) if is_edge(content) else (content, False)


def accepted(content: Content) -> tuple[Content, bool]:
    return (ACTIVE, True) if content == REQUESTED else (content, False)


def all_accepted(content: Content) -> tuple[Content, bool]:
    return (content - 1, True) if content and is_request(content) else (content, False)


def rejected(content: Content) -> tuple[Content, bool]:
    return (None, True) if is_request(content) else (content, False)


def turned_out(content: Content) -> tuple[Content, bool]:
    is_one = is_edge(content) and not is_request(content)
    return (None, True) if is_one else (content, False)


def blocked(content: Content, bit: int) -> tuple[Content, bool]:
    bars = (content or 0) & BOTH_BAR
    return bars | bit, not bars & bit


def unblocked(content: Content, bit: int) -> tuple[Content, bool]:
    if is_bar(content) and (content or 0) & bit:
        return (content or 0) - bit or None, True
    return content, False


def archived(content: Content, bit: int) -> tuple[Content, None]:
    return ((content or 0) | bit if is_edge(content) else content), None


def restored(content: Content, bit: int) -> tuple[Content, None]:
    return ((content or 0) & ~bit if is_edge(content) else content), None


def forgotten(content: Content) -> tuple[Content, list[Any]]:
    return None, []


def forget(resource: Any) -> list[Any]:
    return get_backend().ask(Forget([registry.ref(resource)]))


def with_bit(
    expect: Callable[[Content, int], tuple[Content, Any]], bit: int
) -> Callable[[Content], tuple[Content, Any]]:
    return lambda content: expect(content, bit)


TABLE = {
    "follow": Row(api.follow, lambda it: followed(it, asks=False)),
    "follow, asks": Row(api.follow, lambda it: followed(it, asks=True), asks=True),
    "attempt_follow": Row(api.attempt_follow, lambda it: attempted(it, asks=False)),
    "attempt_follow, asks": Row(
        api.attempt_follow, lambda it: attempted(it, asks=True), asks=True
    ),
    "follow_many": Row(
        lambda s, t: bool(api.follow_many([(s, t)])),
        lambda it: followed(it, asks=False),
    ),
    "follow_many, asks": Row(
        lambda s, t: bool(api.follow_many([(s, t)])),
        lambda it: followed(it, asks=True),
        asks=True,
    ),
    "unfollow": Row(api.unfollow, unfollowed),
    "unfollow_many": Row(lambda s, t: bool(api.unfollow_many([(s, t)])), unfollowed),
    "accept": Row(lambda s, t: api.accept(t, s), accepted),
    "accept_many": Row(lambda s, t: bool(api.accept_many(t, [s])), accepted),
    "accept_pending": Row(lambda s, t: bool(api.accept_pending(t)), all_accepted),
    "reject": Row(lambda s, t: api.reject(t, s), rejected),
    "reject_many": Row(lambda s, t: bool(api.reject_many(t, [s])), rejected),
    "remove_follower": Row(lambda s, t: api.remove_follower(t, s), turned_out),
    "remove_followers": Row(
        lambda s, t: bool(api.remove_followers(t, [s])), turned_out
    ),
    "block by source": Row(api.block, with_bit(blocked, SOURCE_BARS)),
    "block by target": Row(
        lambda s, t: api.block(t, s), with_bit(blocked, TARGET_BARS)
    ),
    "block_many by target": Row(
        lambda s, t: bool(api.block_many([(t, s)])), with_bit(blocked, TARGET_BARS)
    ),
    "unblock by source": Row(api.unblock, with_bit(unblocked, SOURCE_BARS)),
    "unblock by target": Row(
        lambda s, t: api.unblock(t, s), with_bit(unblocked, TARGET_BARS)
    ),
    "unblock_many by source": Row(
        lambda s, t: bool(api.unblock_many([(s, t)])), with_bit(unblocked, SOURCE_BARS)
    ),
    "archive source": Row(
        lambda s, t: api.archive(s), with_bit(archived, SOURCE_ARCHIVED)
    ),
    "archive target": Row(
        lambda s, t: api.archive(t), with_bit(archived, TARGET_ARCHIVED)
    ),
    "restore source": Row(
        lambda s, t: api.restore(s), with_bit(restored, SOURCE_ARCHIVED)
    ),
    "restore target": Row(
        lambda s, t: api.restore(t), with_bit(restored, TARGET_ARCHIVED)
    ),
    "forget source": Row(lambda s, t: forget(s), forgotten),
    "forget target": Row(lambda s, t: forget(t), forgotten),
}
