"""The verbs that look up edges between given resources."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sequere.declaration import Declaration
from sequere.lists.filters import found_in
from sequere.plans import Plan
from sequere.questions import Contains, Question, States
from sequere.registration import Resource, registry
from sequere.types import Direction, FollowState, Neighbours, Ref
from sequere.verbs import averb, verb

R = TypeVar("R", bound=Resource)


class Asking(Declaration):
    def _contains(
        self, source: Resource, target: Resource, *, using: str | None = None
    ) -> Question[bool] | Plan[bool]:
        """Is there an active edge from `source` to `target`? One query, or two if the
        relation expires.
        """
        ends = registry.ref(source), registry.ref(target)
        return self._is_current(*ends) if self.expires else Contains(self.name, *ends)

    def _is_current(self, source: Ref, target: Ref) -> Plan[bool]:
        whose = Neighbours(source, "followings")
        return bool((yield from found_in(self.name, whose, [target])))

    def _targets_among(
        self, source: Resource, others: Iterable[R], *, using: str | None = None
    ) -> Plan[dict[R, datetime]]:
        """Return the targets of `source` among `others`, and since when. One query."""
        return (yield from self._among(source, "followings", others))

    def _sources_among(
        self, target: Resource, others: Iterable[R], *, using: str | None = None
    ) -> Plan[dict[R, datetime]]:
        """Return the sources of `target` among `others`, and since when. One query."""
        return (yield from self._among(target, "followers", others))

    def _mutual_among(
        self, resource: Resource, others: Iterable[R], *, using: str | None = None
    ) -> Plan[dict[R, datetime]]:
        """Return the resources among `others` that have edges with `resource` in both
        directions, and since when the edge from `resource` exists. One query.
        """
        states = yield from self._states(resource, others)
        return {
            other: state.followed_since
            for other, state in states.items()
            if state.followed_since and state.follows_viewer
        }

    def _states(
        self, viewer: Resource, others: Iterable[R], *, using: str | None = None
    ) -> Plan[dict[R, FollowState]]:
        """Return the follow states of `viewer` with each of `others`. One query."""
        refs = [(other, registry.ref(other)) for other in others]
        asked = States(self.name, registry.ref(viewer), [ref for _, ref in refs])
        states = yield from asked
        return {other: states[ref] for other, ref in refs}

    def _among(
        self, resource: Resource, direction: Direction, others: Iterable[R]
    ) -> Plan[dict[R, datetime]]:
        refs = [(other, registry.ref(other)) for other in others]
        whose = Neighbours(registry.ref(resource), direction)
        found = yield from found_in(self.name, whose, [ref for _, ref in refs])
        return {other: found[ref] for other, ref in refs if ref in found}

    contains, acontains = verb(_contains), averb(_contains)
    targets_among, atargets_among = verb(_targets_among), averb(_targets_among)
    sources_among, asources_among = verb(_sources_among), averb(_sources_among)
    mutual_among, amutual_among = verb(_mutual_among), averb(_mutual_among)
    states, astates = verb(_states), averb(_states)
