"""Questions that change edges. The answers are the edges that changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, NamedTuple, TypeVar

from sequere.declaration import BLOCK, UNTIL, barred_relations, find
from sequere.exceptions import InvalidEdge
from sequere.names import clean_relation
from sequere.questions.question import Question
from sequere.signals import is_heard
from sequere.times import clean_time
from sequere.types import Blocked, Edge, Pair, Ref
from sequere.validation import (
    clean_edges,
    clean_level,
    clean_pairs,
    clean_ref,
    clean_refs,
)

T = TypeVar("T")


class Effect(NamedTuple):
    """An effect on some edges: "added", "removed" or "changed", with the reason."""

    kind: str
    edges: list[Edge]
    reason: str


class Change(Question[T]):
    """A question that changes edges."""

    __slots__ = ()

    reason: str

    def effects(self, answer: T) -> Iterator[Effect]:
        """Yield the effects to announce."""
        raise NotImplementedError


class Write(Change[list[Edge]]):
    """A question whose answer is the edges that it changed."""

    __slots__ = ()

    #: The effect on the edges in the answer: "added", "removed" or "changed".
    effect: ClassVar[str]

    def nothing(self) -> list[Edge]:
        return []

    def effects(self, answer: list[Edge]) -> Iterator[Effect]:
        yield Effect(self.effect, answer, self.reason)


@dataclass(frozen=True, slots=True)
class Add(Write):
    """Store `edges`, and return the edges that were not there before.

    A slot that already holds an edge, in any state, is not changed. If a block between
    the two ends bars the relation, nothing is stored.
    """

    edges: Sequence[Edge]
    reason: str = "follow"

    hook = "_add"
    effect = "added"

    def cleaned(self) -> Add:
        edges = clean_edges(self.edges)
        if any(edge.relation == BLOCK for edge in edges):
            raise no_block("Block")
        return Add(edges, self.reason)

    def __bool__(self) -> bool:
        return bool(self.edges)


@dataclass(frozen=True, slots=True)
class Remove(Write):
    """Remove the edges between `pairs`, in any state, and return the edges that were
    there.

    `requested` True removes requests only, archived or not; False removes all edges
    except requests. The relation need not be declared any longer.
    """

    relation: str
    pairs: Sequence[Pair]
    reason: str = "unfollow"
    requested: bool | None = None

    hook = "_remove"
    effect = "removed"

    def cleaned(self) -> Remove:
        relation, pairs = clean_relation(self.relation), clean_pairs(self.pairs)
        if relation == BLOCK:
            raise no_block("Unblock")
        return Remove(relation, pairs, self.reason, self.requested)

    def __bool__(self) -> bool:
        return bool(self.pairs)


@dataclass(frozen=True, slots=True)
class Expire(Write):
    """Remove the edges between `pairs` whose end was over at `moment`, and their ends.
    Return the edges and the ends that were there.

    Nobody can renew an edge between the look at its end and the removal.
    """

    relation: str
    pairs: Sequence[Pair]
    moment: datetime
    reason: str = "expired"

    hook = "_expire"
    effect = "removed"

    @property
    def ends(self) -> str:
        """The relation whose edges tell the ends, by their times."""
        return self.relation + UNTIL

    def cleaned(self) -> Expire:
        relation, pairs = find(self.relation), clean_pairs(self.pairs)
        if not relation.expires:
            raise InvalidEdge(f"Edges of {relation.name!r} have no end.")
        return Expire(relation.name, pairs, clean_time(self.moment), self.reason)

    def __bool__(self) -> bool:
        return bool(self.pairs)


@dataclass(frozen=True, slots=True)
class Forget(Write):
    """Remove every edge from or to one of `refs`, in every relation and state.

    Return the removed edges if `report` is set. ask() and aask() set it if a signal has
    a receiver. Without `report` the answer is empty, and no edge is read for it.
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

    Return the edges whose state changed, with their new state, if `report` is set.
    """

    relation: str
    ref: Ref
    reason: str = "archived"
    report: bool = False

    hook = "_archive"
    effect = "changed"

    def cleaned(self) -> Archive:
        name, ref = find(self.relation).name, clean_ref(self.ref)
        if name == BLOCK:
            raise InvalidEdge("Blocks cannot be archived. Remove them with unblock().")
        return Archive(name, ref, self.reason, self.report or is_heard())


@dataclass(frozen=True, slots=True)
class Restore(Write):
    """Undo Archive, with all times. An edge whose other end is archived stays
    archived.
    """

    relation: str
    ref: Ref
    reason: str = "restored"
    report: bool = False

    hook = "_restore"
    effect = "changed"

    def cleaned(self) -> Restore:
        name, ref = find(self.relation).name, clean_ref(self.ref)
        if name == BLOCK:
            raise InvalidEdge("Blocks cannot be archived. Remove them with unblock().")
        return Restore(name, ref, self.reason, self.report or is_heard())


@dataclass(frozen=True, slots=True)
class Accept(Write):
    """Turn the requests from `sources` to `target` into active edges, created at
    `created`, and return these edges.

    If `sources` is None, every request is accepted. Archived requests are then accepted
    too, and stay archived; and a store with transactions first waits, in a separate
    statement, until no other transaction is writing an edge to `target`.
    """

    relation: str
    target: Ref
    sources: Sequence[Ref] | None
    created: datetime
    reason: str = "accepted"

    hook = "_accept"
    effect = "changed"

    def cleaned(self) -> Accept:
        name, target = find(self.relation).name, clean_ref(self.target)
        sources = None if self.sources is None else clean_refs(self.sources)
        return Accept(name, target, sources, clean_time(self.created), self.reason)

    def __bool__(self) -> bool:
        return self.sources is None or bool(self.sources)


@dataclass(frozen=True, slots=True)
class SetLevel(Write):
    """Give the edges between `pairs` another level, in any state, and return the edges
    whose level changed, with their new level.
    """

    relation: str
    pairs: Sequence[Pair]
    level: int
    reason: str = "level"

    hook = "_set_level"
    effect = "changed"

    def cleaned(self) -> SetLevel:
        name, pairs = find(self.relation).name, clean_pairs(self.pairs)
        if name == BLOCK:
            raise no_block("Block")
        return SetLevel(name, pairs, clean_level(self.level), self.reason)

    def __bool__(self) -> bool:
        return bool(self.pairs)


@dataclass(frozen=True, slots=True)
class Put(Write):
    """Overwrite the slots of `edges` with these edges, and return the edges that were
    not already there in the same form. Copies are written by this question.

    If a block bars the slot, or an end has no row, nothing is stored.
    """

    edges: Sequence[Edge]
    reason: str = "copied"

    hook = "_put"
    effect = "changed"

    def cleaned(self) -> Put:
        edges = clean_edges(self.edges)
        if any(edge.relation == BLOCK for edge in edges):
            raise no_block("Block")
        return Put(edges, self.reason)

    def __bool__(self) -> bool:
        return bool(self.edges)


@dataclass(frozen=True, slots=True)
class Block(Change[Blocked]):
    """Store `edges` of the relation "block", and cut every edge between their ends, in
    all relations that a block bars. Cut edges never come back.

    Until Unblock, Add stores no edge in these slots. An existing block keeps its time.
    `barred` lists the relations: all relations that are declared as barred.
    """

    edges: Sequence[Edge]
    reason: str = "blocked"
    barred: Sequence[str] = field(default_factory=barred_relations)

    hook = "_block"

    def cleaned(self) -> Block:
        edges = clean_edges(self.edges)
        for edge in edges:
            if (edge.relation, edge.state, edge.level) != (BLOCK, 0, 0):
                raise InvalidEdge(f"{edge!r} is not a block, active and of level 0.")
        return Block(edges, self.reason, self.barred)

    def __bool__(self) -> bool:
        return bool(self.edges)

    def nothing(self) -> Blocked:
        return Blocked([], [])

    def effects(self, answer: Blocked) -> Iterator[Effect]:
        yield Effect("removed", answer.cut, self.reason)
        yield Effect("added", answer.blocks, self.reason)


@dataclass(frozen=True, slots=True)
class Unblock(Write):
    """Remove the blocks between `pairs`, and return the blocks that were there.

    The edges that they cut stay removed. A block in the other direction keeps its bar.
    """

    pairs: Sequence[Pair]
    reason: str = "unblocked"
    barred: Sequence[str] = field(default_factory=barred_relations)

    hook = "_unblock"
    effect = "removed"

    def cleaned(self) -> Unblock:
        return Unblock(clean_pairs(self.pairs), self.reason, self.barred)

    def __bool__(self) -> bool:
        return bool(self.pairs)


def no_block(instead: str) -> InvalidEdge:
    return InvalidEdge(
        f"Only the question {instead} writes the relation {BLOCK!r}, because a block "
        "also cuts and bars other edges. Use block() and unblock()."
    )
