"""The effect of each verb on a slot, and the search for an order that explains the
answers of all threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias
from unittest.mock import ANY

from sequere.api import (
    accept_many,
    accept_pending,
    archive,
    follow,
    follow_many,
    reject_many,
    remove_followers,
    restore,
    unfollow,
    unfollow_many,
)
from sequere.backends.base import BaseBackend
from sequere.questions import Archive, Block, Forget, Restore, Unblock
from sequere.relations import BLOCK, FOLLOW
from sequere.times import now
from sequere.types import (
    ACTIVE,
    REQUESTED,
    SOURCE_ARCHIVED,
    SOURCE_BARS,
    STATES,
    TARGET_ARCHIVED,
    TARGET_BARS,
    Edge,
    Pair,
    Ref,
)


class Content(NamedTuple):
    """The content of a slot: an edge, or a bar, by its state. `is_new` tells whether an
    edge is another one than at the start. For bars it has no meaning.
    """

    is_new: bool
    state: int


Slot: TypeAlias = Content | None
#: The answers of a verb for each slot: whether the slot changed, or its state.
Answers: TypeAlias = dict[Pair, Any]


class Verb(NamedTuple):
    """A verb for many slots, or for all slots of one end."""

    #: Call the verb, and return its answers.
    do: Callable[[BaseBackend, Sequence[Pair], Ref], Answers]
    #: The content that the verb leaves in a slot, and its answer, if no other thread
    #: runs.
    expect: Callable[[Slot, Pair, Ref], tuple[Slot, Any]]
    #: The flag of the backends that have the verb.
    flag: str | None = None


class Call(NamedTuple):
    """A call that was made, and its answer for one slot."""

    name: str
    end: Ref
    answer: Any


def explains(
    before: Slot, threads: Sequence[Sequence[Call]], pair: Pair, after: Slot
) -> bool:
    """Does some order of the calls lead from `before` to `after` with these answers?
    The calls of each thread keep their order.
    """
    if not any(threads):
        return before == after
    for number, calls in enumerate(threads):
        if not calls:
            continue
        (name, end, said), *rest = calls
        slot, answer = VERBS[name].expect(before, pair, end)
        others = [*threads[:number], rest, *threads[number + 1 :]]
        if said == answer and explains(slot, others, pair, after):
            return True
    return False


def bit_of(pair: Pair, end: Ref) -> int:
    """Return the bit that archiving `end` sets."""
    if end not in pair:
        return 0
    return SOURCE_ARCHIVED if end == pair.source else TARGET_ARCHIVED


# The calls of each verb


def do_follow(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    return {pair: follow(*pair) for pair in pairs}


def do_follow_many(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    return {pair: state is not None for pair, state in told(pairs, follow_many(pairs))}


def do_unfollow(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    return {pair: unfollow(*pair) for pair in pairs}


def do_unfollow_many(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    gone = unfollow_many(pairs)
    return {pair: state is not None for pair, state in told(pairs, gone)}


def do_archive(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    return dict(told(pairs, store.ask(Archive(FOLLOW.name, end, report=True))))


def do_archive_in_silence(
    store: BaseBackend, pairs: Sequence[Pair], end: Ref
) -> Answers:
    archive(end)
    return dict.fromkeys(pairs, ANY)


def do_restore(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    return dict(told(pairs, store.ask(Restore(FOLLOW.name, end, report=True))))


def do_restore_in_silence(
    store: BaseBackend, pairs: Sequence[Pair], end: Ref
) -> Answers:
    restore(end)
    return dict.fromkeys(pairs, ANY)


def do_forget(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    return dict(told(pairs, store.ask(Forget([end], report=True))))


def do_forget_in_silence(
    store: BaseBackend, pairs: Sequence[Pair], end: Ref
) -> Answers:
    store.ask(Forget([end]))
    return dict.fromkeys(pairs, ANY)


def do_block(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    """Block all resources that share a pair with `end`. The answer tells for each slot
    what was cut.
    """
    edges = [Edge(BLOCK.name, end, other, now()) for other in others_of(pairs, end)]
    return dict(told(pairs, store.ask(Block(edges)).cut))


def do_unblock(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    gone = store.ask(Unblock([Pair(end, other) for other in others_of(pairs, end)]))
    others = {edge.target for edge in gone}
    return {pair: not others.isdisjoint(pair) and end in pair for pair in pairs}


def do_accept(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    sources = [pair.source for pair in pairs if pair.target == end]
    accepted = {edge.source for edge in accept_many(end, sources)}
    return {pair: pair.target == end and pair.source in accepted for pair in pairs}


def do_accept_pending(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    return dict(told(pairs, accept_pending(end)))


def do_reject(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    sources = [pair.source for pair in pairs if pair.target == end]
    return dict(told(pairs, reject_many(end, sources)))


def do_remove_followers(store: BaseBackend, pairs: Sequence[Pair], end: Ref) -> Answers:
    sources = [pair.source for pair in pairs if pair.target == end]
    return dict(told(pairs, remove_followers(end, sources)))


def others_of(pairs: Sequence[Pair], end: Ref) -> list[Ref]:
    others = (ref for pair in pairs if end in pair for ref in pair if ref != end)
    return list(dict.fromkeys(others))


def told(pairs: Sequence[Pair], edges: list[Edge]) -> list[tuple[Pair, int | None]]:
    """Return the state of each pair's follow among `edges`, or None."""
    states = {
        Pair(edge.source, edge.target): edge.state
        for edge in edges
        if edge.relation == FOLLOW.name
    }
    return [(pair, states.get(pair)) for pair in pairs]


# The expected effect of each verb


def expect_follow(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    return (Content(True, ACTIVE), True) if slot is None else (slot, False)


def expect_unfollow(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    return (slot, False) if slot is None or is_bar(slot) else (None, True)


def expect_archive(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None or is_bar(slot):
        return slot, None
    return changed(slot, slot.state | bit_of(pair, end))


def expect_restore(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None or is_bar(slot):
        return slot, None
    return changed(slot, slot.state & ~bit_of(pair, end))


def expect_forget(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if end not in pair:
        return slot, None
    return None, None if slot is None or is_bar(slot) else slot.state


def expect_block(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if end not in pair:
        return slot, None
    bit = SOURCE_BARS if end == pair.source else TARGET_BARS
    if slot is None or is_bar(slot):
        return Content(False, (slot.state if slot else 0) | bit), None
    return Content(False, bit), slot.state


def expect_unblock(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    bit = SOURCE_BARS if end == pair.source else TARGET_BARS
    if end not in pair or slot is None or not slot.state & bit:
        return slot, False
    rest = slot.state - bit
    return (Content(False, rest) if rest else None), True


def expect_accept(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None or slot.state != REQUESTED or end != pair.target:
        return slot, False
    return Content(True, ACTIVE), True


def expect_accept_pending(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None or not slot.state & REQUESTED or end != pair.target:
        return slot, None
    state = slot.state - REQUESTED
    return Content(True, state), state


def expect_reject(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None or not slot.state & REQUESTED or end != pair.target:
        return slot, None
    return None, slot.state


def expect_remove_follower(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None or is_bar(slot) or slot.state & REQUESTED or end != pair.target:
        return slot, None
    return None, slot.state


def is_bar(content: Content) -> bool:
    return content.state >= STATES


def changed(content: Content, state: int) -> tuple[Slot, int | None]:
    return content._replace(state=state), None if state == content.state else state


ARCHIVE, POLICY = "supports_archive", "supports_policy"

VERBS = {
    "follow": Verb(do_follow, expect_follow),
    "follow_many": Verb(do_follow_many, expect_follow),
    "unfollow": Verb(do_unfollow, expect_unfollow),
    "unfollow_many": Verb(do_unfollow_many, expect_unfollow),
    "archive": Verb(do_archive, expect_archive, ARCHIVE),
    "archive in silence": Verb(do_archive_in_silence, expect_archive, ARCHIVE),
    "restore": Verb(do_restore, expect_restore, ARCHIVE),
    "restore in silence": Verb(do_restore_in_silence, expect_restore, ARCHIVE),
    "forget": Verb(do_forget, expect_forget),
    "forget in silence": Verb(do_forget_in_silence, expect_forget),
    "block": Verb(do_block, expect_block, POLICY),
    "unblock": Verb(do_unblock, expect_unblock, POLICY),
    "accept": Verb(do_accept, expect_accept, POLICY),
    "accept_pending": Verb(do_accept_pending, expect_accept_pending, POLICY),
    "reject": Verb(do_reject, expect_reject, POLICY),
    "remove_follower": Verb(do_remove_followers, expect_remove_follower, POLICY),
}
