from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sequere.backends.base import BaseBackend
from sequere.batching import batched
from sequere.declaration import UNTIL, declared
from sequere.questions import Counts
from sequere.types import ACTIVE, REQUESTED, SOURCE_ARCHIVED, TARGET_ARCHIVED, Edge, Ref

#: The number of targets that are counted at the same time.
CANDIDATES = 20_000
BATCH_SIZE = 1000

NAMES = {
    REQUESTED: "requested",
    SOURCE_ARCHIVED: "archived by its source",
    TARGET_ARCHIVED: "archived by its target",
}


class Group(NamedTuple):
    """The values that a group of edges has in common."""

    relation: str
    source: str
    target: str
    state: int


class Top(NamedTuple):
    """The most followed targets of a relation, with exact counts."""

    targets: list[tuple[Ref, int]]
    #: False if an omitted target may have more followers than the last target here.
    is_complete: bool


class Frequent:
    """The most frequent targets, found in bounded memory by the method of Misra and
    Gries. A target that occurs more than `missed` times is certainly included.
    """

    def __init__(self, size: int = CANDIDATES) -> None:
        self.size = size
        self.missed = 0
        self.counts: Counter[Ref] = Counter()

    def add(self, target: Ref) -> None:
        if target in self.counts or len(self.counts) < self.size:
            self.counts[target] += 1
            return
        self.missed += 1
        self.counts = Counter(
            {each: count - 1 for each, count in self.counts.items() if count > 1}
        )


class Statistics:
    """The counts of a scan of all edges."""

    def __init__(self) -> None:
        self.groups: Counter[Group] = Counter()
        self.frequent: dict[str, Frequent] = defaultdict(Frequent)

    @property
    def edges(self) -> int:
        return self.groups.total()

    def add(self, edges: Iterable[Edge]) -> None:
        for relation, source, target, _, state, _ in edges:
            group = Group(relation, source.identifier, target.identifier, state)
            self.groups[group] += 1
            if state == ACTIVE and is_listed(relation):
                self.frequent[relation].add(target)

    def top(self, backend: BaseBackend, relation: str, size: int) -> Top:
        frequent = self.frequent[relation]
        counts: Counter[Ref] = Counter()
        for refs in batched(frequent.counts, BATCH_SIZE):
            counts.update(backend.ask(Counts(relation, refs, "followers")))
        targets = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:size]
        # If `missed` is 0, every target was counted.
        is_complete = not frequent.missed or (
            len(targets) == size and targets[-1][1] > frequent.missed
        )
        return Top(targets, is_complete)


def is_listed(relation: str) -> bool:
    """Is the relation a graph of its own, and not the ends of another relation's
    edges?
    """
    return relation in declared and not relation.endswith(UNTIL)


def state_name(state: int) -> str:
    names = [name for bit, name in NAMES.items() if state & bit]
    return ", ".join(names) or "active"
