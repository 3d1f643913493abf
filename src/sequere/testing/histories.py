"""What each verb does to one slot, and whether an order explains what threads saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias
from unittest.mock import ANY

from sequere.api import archive, follow, follow_many, restore, unfollow, unfollow_many
from sequere.backends.base import BaseBackend
from sequere.questions import Archive, Forget, Restore
from sequere.relations import FOLLOW
from sequere.types import (
    ACTIVE,
    SOURCE_ARCHIVED,
    TARGET_ARCHIVED,
    Edge,
    Pair,
    Ref,
)


class Content(NamedTuple):
    """What a slot holds. `is_new` tells an edge from the one it began with."""

    is_new: bool
    state: int


Slot: TypeAlias = Content | None
#: What a verb says about each slot: whether it changed, or the state it has or had.
Answers: TypeAlias = dict[Pair, Any]


class Verb(NamedTuple):
    """A verb for many slots, or for all slots of one end."""

    #: Call it, and return what it said.
    do: Callable[[BaseBackend, Sequence[Pair], Ref], Answers]
    #: What it leaves in a slot, and what it says, if nobody else is there.
    expect: Callable[[Slot, Pair, Ref], tuple[Slot, Any]]


class Call(NamedTuple):
    """A call that was made, as one slot saw it."""

    name: str
    end: Ref
    answer: Any


def explains(
    before: Slot, threads: Sequence[Sequence[Call]], pair: Pair, after: Slot
) -> bool:
    """Is there an order of the calls of all threads, each thread's in turn, that leads
    from `before` to `after` with these answers?
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
    """The bit that archiving `end` sets."""
    if end not in pair:
        return 0
    return SOURCE_ARCHIVED if end == pair.source else TARGET_ARCHIVED


# What each verb does


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


def told(pairs: Sequence[Pair], edges: list[Edge]) -> list[tuple[Pair, int | None]]:
    """The state of each pair among `edges`, or None."""
    states = {Pair(edge.source, edge.target): edge.state for edge in edges}
    return [(pair, states.get(pair)) for pair in pairs]


# What each verb should do


def expect_follow(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    return (Content(True, ACTIVE), True) if slot is None else (slot, False)


def expect_unfollow(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    return None, slot is not None


def expect_archive(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None:
        return None, None
    return changed(slot, slot.state | bit_of(pair, end))


def expect_restore(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if slot is None:
        return None, None
    return changed(slot, slot.state & ~bit_of(pair, end))


def expect_forget(slot: Slot, pair: Pair, end: Ref) -> tuple[Slot, Any]:
    if end not in pair:
        return slot, None
    return None, None if slot is None else slot.state


def changed(content: Content, state: int) -> tuple[Slot, int | None]:
    return content._replace(state=state), None if state == content.state else state


VERBS = {
    "follow": Verb(do_follow, expect_follow),
    "follow_many": Verb(do_follow_many, expect_follow),
    "unfollow": Verb(do_unfollow, expect_unfollow),
    "unfollow_many": Verb(do_unfollow_many, expect_unfollow),
    "archive": Verb(do_archive, expect_archive),
    "archive in silence": Verb(do_archive_in_silence, expect_archive),
    "restore": Verb(do_restore, expect_restore),
    "restore in silence": Verb(do_restore_in_silence, expect_restore),
    "forget": Verb(do_forget, expect_forget),
    "forget in silence": Verb(do_forget_in_silence, expect_forget),
}
