"""The questions that change something. Their answers are the edges that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sequere.declaration import find
from sequere.names import clean_relation
from sequere.questions.question import Question
from sequere.signals import is_heard
from sequere.types import Edge, Pair, Ref
from sequere.validation import clean_edges, clean_pairs, clean_ref, clean_refs


class Write(Question[list[Edge]]):
    """A question whose answer is the edges that it changed."""

    __slots__ = ()

    #: Are the edges in its answer there now, gone, or in another state?
    effect: ClassVar[str]

    reason: str

    def nothing(self) -> list[Edge]:
        return []


@dataclass(frozen=True, slots=True)
class Add(Write):
    """Store `edges`, and return those that were not there before.

    A slot that holds an edge, whatever its state, is left as it is.
    """

    edges: Sequence[Edge]
    reason: str = "follow"

    hook = "_add"
    effect = "added"

    def cleaned(self) -> Add:
        return Add(clean_edges(self.edges), self.reason)

    def __bool__(self) -> bool:
        return bool(self.edges)


@dataclass(frozen=True, slots=True)
class Remove(Write):
    """Remove the edges between `pairs`, in any state, and return those that were there.

    The relation need not be declared any longer.
    """

    relation: str
    pairs: Sequence[Pair]
    reason: str = "unfollow"

    hook = "_remove"
    effect = "removed"

    def cleaned(self) -> Remove:
        pairs = clean_pairs(self.pairs)
        return Remove(clean_relation(self.relation), pairs, self.reason)

    def __bool__(self) -> bool:
        return bool(self.pairs)


@dataclass(frozen=True, slots=True)
class Forget(Write):
    """Remove every edge from or to one of `refs`, in every relation and state.

    Return the removed edges if `report` is set, which a door does if a signal has a
    receiver. Without it the answer is empty, and nothing is read for it.
    """

    refs: Sequence[Ref]
    reason: str = "deleted"
    report: bool = False

    hook = "_forget"
    effect = "removed"

    def cleaned(self) -> Forget:
        return Forget(clean_refs(self.refs), self.reason, self.report or is_heard())

    def __bool__(self) -> bool:
        return bool(self.refs)


@dataclass(frozen=True, slots=True)
class Archive(Write):
    """Take every edge of `ref` out of all lists and counts, until Restore.

    Return the edges whose state changed, as they are now, if `report` is set.
    """

    relation: str
    ref: Ref
    reason: str = "archived"
    report: bool = False

    hook = "_archive"
    effect = "changed"

    def cleaned(self) -> Archive:
        name, ref = find(self.relation).name, clean_ref(self.ref)
        return Archive(name, ref, self.reason, self.report or is_heard())


@dataclass(frozen=True, slots=True)
class Restore(Write):
    """Undo Archive, with all times. An edge whose other end is archived too waits."""

    relation: str
    ref: Ref
    reason: str = "restored"
    report: bool = False

    hook = "_restore"
    effect = "changed"

    def cleaned(self) -> Restore:
        name, ref = find(self.relation).name, clean_ref(self.ref)
        return Restore(name, ref, self.reason, self.report or is_heard())
