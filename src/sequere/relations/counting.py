"""The verbs that return counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sequere.declaration import Declaration
from sequere.lists.filters import Current
from sequere.lists.readers import COUNT_SIZE, Kind, identifiers_of
from sequere.order import behind
from sequere.plans import Plan
from sequere.questions import CommonCount, Counts, PageOf
from sequere.registration import Resource, registry
from sequere.types import ACTIVE, REQUESTED, Direction, Neighbours, Ref, Window
from sequere.verbs import averb, verb

R = TypeVar("R", bound=Resource)


class Counting(Declaration):
    def _sources_count(
        self, target: Resource, *kinds: Kind, using: str | None = None
    ) -> Plan[int]:
        """Return how many sources `target` has. `kinds` limit the count to models or
        identifiers. One query, whose cost does not depend on the count.
        """
        return (yield from self._count(target, "followers", kinds))

    def _targets_count(
        self, source: Resource, *kinds: Kind, using: str | None = None
    ) -> Plan[int]:
        """Return how many targets `source` has. See sources_count()."""
        return (yield from self._count(source, "followings", kinds))

    def _requests_count(
        self, target: Resource, *kinds: Kind, using: str | None = None
    ) -> Plan[int]:
        """Return how many open requests `target` has. See sources_count()."""
        return (yield from self._count(target, "followers", kinds, REQUESTED))

    def _requested_count(
        self, source: Resource, *kinds: Kind, using: str | None = None
    ) -> Plan[int]:
        """Return how many open requests `source` has made. See sources_count()."""
        return (yield from self._count(source, "followings", kinds, REQUESTED))

    def _mutual_count(
        self, resource: Resource, *kinds: Kind, using: str | None = None
    ) -> Plan[int]:
        """Return how many resources have edges with `resource` in both directions. Two
        queries, whose cost grows with the shorter list.
        """
        ref = registry.ref(resource)
        both = Neighbours(ref, "followings"), Neighbours(ref, "followers")
        return (yield from CommonCount(self.name, *both, identifiers_of(kinds)))

    def _sources_counts(
        self, targets: Iterable[R], *kinds: Kind, using: str | None = None
    ) -> Plan[dict[R, int]]:
        """Return sources_count() of each of `targets`. One query for all."""
        return (yield from self._counts(targets, "followers", kinds))

    def _targets_counts(
        self, sources: Iterable[R], *kinds: Kind, using: str | None = None
    ) -> Plan[dict[R, int]]:
        """Return targets_count() of each of `sources`. One query for all."""
        return (yield from self._counts(sources, "followings", kinds))

    def _count(
        self,
        resource: Resource,
        direction: Direction,
        kinds: Iterable[Kind],
        state: int = ACTIVE,
    ) -> Plan[int]:
        ref, identifiers = registry.ref(resource), identifiers_of(kinds)
        if self.expires and state == ACTIVE:
            return (yield from self._count_current(ref, direction, identifiers))
        asked = Counts(self.name, [ref], direction, identifiers, state=state)
        return (yield from asked)[ref]

    def _counts(
        self, resources: Iterable[R], direction: Direction, kinds: Iterable[Kind]
    ) -> Plan[dict[R, int]]:
        refs = [(resource, registry.ref(resource)) for resource in resources]
        identifiers = identifiers_of(kinds)
        if self.expires:
            counts = {}
            for _, ref in refs:
                count = yield from self._count_current(ref, direction, identifiers)
                counts[ref] = count
        else:
            every = [ref for _, ref in refs]
            counts = yield from Counts(self.name, every, direction, identifiers)
        return {resource: counts[ref] for resource, ref in refs}

    def _count_current(
        self, ref: Ref, direction: Direction, identifiers: tuple[str, ...] | None
    ) -> Plan[int]:
        """Count the edges that have not ended, one by one."""
        whose = Neighbours(ref, direction)
        counted = 0
        window: Window | None = Window(COUNT_SIZE, identifiers=identifiers)
        while window:
            edges = yield from PageOf(self.name, *whose, window)
            if edges:
                counted += len((yield from Current(whose).kept(edges, direction)))
            window = behind(window, edges, direction)
        return counted

    requests_count, arequests_count = verb(_requests_count), averb(_requests_count)
    requested_count, arequested_count = verb(_requested_count), averb(_requested_count)
    sources_count, asources_count = verb(_sources_count), averb(_sources_count)
    targets_count, atargets_count = verb(_targets_count), averb(_targets_count)
    mutual_count, amutual_count = verb(_mutual_count), averb(_mutual_count)
    sources_counts, asources_counts = verb(_sources_counts), averb(_sources_counts)
    targets_counts, atargets_counts = verb(_targets_counts), averb(_targets_counts)
