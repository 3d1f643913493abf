"""Suggest resources to follow: the followings of the followings of a viewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django.db.models import Model

from sequere.batching import batched
from sequere.plans import Plan, Work
from sequere.questions import Edges, PageOf, PagesOf, States
from sequere.registration import Audience, registry
from sequere.types import FollowState, Pair, Ref, Window

M = TypeVar("M", bound=Model, covariant=True)

# The number of candidates in a read: the viewer may follow many of them already.
CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class Suggestion(Generic[M]):
    """A suggested instance, the number of followings of the viewer that follow it, and
    some of these: the resources that the viewer followed last.
    """

    instance: M
    score: int
    reasons: list[Any]


@dataclass(frozen=True, slots=True)
class Search:
    """A search for `viewer` among the newest followings of its newest followings."""

    relation: str
    viewer: Ref
    audience: Audience
    identifiers: tuple[str, ...] | None
    limit: int
    breadth: int
    depth: int
    reasons: int

    def plan(self) -> Plan[list[Suggestion[Any]]]:
        reasons = yield from self._candidates()
        ranked = sorted(reasons, key=lambda ref: (-len(reasons[ref]), ref))
        found: list[Suggestion[Any]] = []
        for batch in batched(ranked, CANDIDATES):
            fresh = yield from self._fresh(batch)
            for some in batched(fresh, self.limit):
                found += yield from self._resolved(some, reasons)
                if len(found) >= self.limit:
                    return found[: self.limit]
        return found

    def _fresh(self, candidates: Sequence[Ref]) -> Plan[list[Ref]]:
        """Return the candidates to which the viewer has no edge in any state, and which
        no block and no mute keeps away from the viewer.
        """
        pairs = [Pair(self.viewer, ref) for ref in candidates]
        there = yield from Edges(self.relation, pairs)
        rest = [pair.target for pair in pairs if pair not in there]
        states = yield from States(self.relation, self.viewer, rest)
        return [ref for ref in rest if not is_kept_away(states[ref])]

    def _candidates(self) -> Plan[dict[Ref, list[Ref]]]:
        """Return the candidates, each with the followings of the viewer that follow
        it.
        """
        newest = Window(self.breadth)
        edges = yield from PageOf(self.relation, self.viewer, "followings", newest)
        found = [edge.target for edge in edges]
        # Followings that the viewer may not know of are neither a reason nor counted.
        visible = yield Work(partial(registry.visible, found, self.audience))
        followings = [ref for ref in found if ref in visible]
        window = Window(self.depth, identifiers=self.identifiers)
        lists = yield from PagesOf(self.relation, followings, "followings", window)
        reasons: dict[Ref, list[Ref]] = defaultdict(list)
        for following in followings:
            for edge in lists.get(following, ()):
                reasons[edge.target].append(following)
        for ref in (self.viewer, *found):
            reasons.pop(ref, None)
        return reasons

    def _resolved(
        self, refs: Sequence[Ref], reasons: dict[Ref, list[Ref]]
    ) -> Plan[list[Suggestion[Any]]]:
        shown = {ref: reasons[ref][: self.reasons] for ref in refs}
        wanted = {*refs, *(reason for some in shown.values() for reason in some)}
        found: dict[Ref, Model] = yield Work(
            partial(registry.resolve, wanted, self.audience)
        )
        return [
            Suggestion(
                found[ref],
                len(reasons[ref]),
                [found[reason] for reason in shown[ref] if reason in found],
            )
            for ref in refs
            if ref in found
        ]


def is_kept_away(state: FollowState) -> bool:
    return state.blocking or state.blocks_viewer or state.muted
