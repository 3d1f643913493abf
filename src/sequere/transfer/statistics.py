from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sequere.backends.base import BaseBackend
from sequere.batching import batched
from sequere.declaration import declared
from sequere.questions import Counts
from sequere.types import ACTIVE, REQUESTED, SOURCE_ARCHIVED, TARGET_ARCHIVED, Edge, Ref

#: Targets that are counted at the same time.
CANDIDATES = 20_000
BATCH_SIZE = 1000

NAMES = {
    REQUESTED: "requested",
    SOURCE_ARCHIVED: "archived by its source",
    TARGET_ARCHIVED: "archived by its target",
}


class Group(NamedTuple):
    """Edges that have these in common."""

    relation: str
    source: str
    target: str
    state: int


class Top(NamedTuple):
    """The most followed targets of a relation, with exact counts."""

    targets: list[tuple[Ref, int]]
    #: False if a target that is not named may have more followers than the last.
    is_complete: bool


class Frequent:
    """The targets that are met most often, in bounded memory: the method of Misra and
    Gries. A target that is met more than `missed` times is among them for certain.
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
    """What is counted in a scan of all edges."""

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
            if state == ACTIVE and relation in declared:
                self.frequent[relation].add(target)

    def top(self, backend: BaseBackend, relation: str, size: int) -> Top:
        frequent = self.frequent[relation]
        counts: Counter[Ref] = Counter()
        for refs in batched(frequent.counts, BATCH_SIZE):
            counts.update(backend.ask(Counts(relation, refs, "followers")))
        targets = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:size]
        # Without `missed`, every target was counted.
        is_complete = not frequent.missed or (
            len(targets) == size and targets[-1][1] > frequent.missed
        )
        return Top(targets, is_complete)


def state_name(state: int) -> str:
    names = [name for bit, name in NAMES.items() if state & bit]
    return ", ".join(names) or "active"
