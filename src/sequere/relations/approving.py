"""The verbs of a target: it answers requests, and removes sources."""

from __future__ import annotations

from collections.abc import Iterable

from sequere.declaration import Declaration
from sequere.plans import Plan
from sequere.questions import Accept, Remove
from sequere.registration import Resource, registry
from sequere.times import now
from sequere.types import Edge, Pair
from sequere.verbs import averb, verb


class Approving(Declaration):
    def _accept(
        self, target: Resource, source: Resource, *, using: str | None = None
    ) -> Plan[bool]:
        """Turn the request from `source` to `target` into an active edge, which begins
        now. Return whether there was a request. One query; MariaDB takes three.
        """
        return bool((yield from self._accepted(target, [source])))

    def _reject(
        self, target: Resource, source: Resource, *, using: str | None = None
    ) -> Plan[bool]:
        """Remove the request from `source` to `target`, archived or not. Return whether
        there was a request. `source` may ask again: use block() to prevent that. One
        query.
        """
        return bool((yield from self._turned_out(target, [source], requested=True)))

    def _accept_many(
        self,
        target: Resource,
        sources: Iterable[Resource],
        *,
        using: str | None = None,
    ) -> Plan[list[Edge]]:
        """Accept many requests. Return the edges that are active now. One query;
        MariaDB takes up to seven.
        """
        return (yield from self._accepted(target, sources))

    def _reject_many(
        self,
        target: Resource,
        sources: Iterable[Resource],
        *,
        using: str | None = None,
    ) -> Plan[list[Edge]]:
        """Reject many requests. Return the removed requests. One query."""
        return (yield from self._turned_out(target, sources, requested=True))

    def _accept_pending(
        self, target: Resource, *, using: str | None = None
    ) -> Plan[list[Edge]]:
        """Accept every request to `target`. Return the edges that changed. Archived
        requests become archived edges.

        Call it after the commit of the change by which `target` stops asking, for
        example in transaction.on_commit(). Two queries in a transaction; SQLite takes
        one, and MariaDB up to ten.
        """
        return (yield from Accept(self.name, registry.ref(target), None, now()))

    def _remove_source(
        self, target: Resource, source: Resource, *, using: str | None = None
    ) -> Plan[bool]:
        """Remove the edge from `source` to `target`, archived or not, but not a
        request. Return whether there was an edge. One query.
        """
        return bool((yield from self._turned_out(target, [source], requested=False)))

    def _remove_sources(
        self,
        target: Resource,
        sources: Iterable[Resource],
        *,
        using: str | None = None,
    ) -> Plan[list[Edge]]:
        """Remove the edges of many sources. Return the removed edges. One query."""
        return (yield from self._turned_out(target, sources, requested=False))

    def _accepted(
        self, target: Resource, sources: Iterable[Resource]
    ) -> Plan[list[Edge]]:
        refs = list(map(registry.ref, sources))
        return (yield from Accept(self.name, registry.ref(target), refs, now()))

    def _turned_out(
        self, target: Resource, sources: Iterable[Resource], *, requested: bool
    ) -> Plan[list[Edge]]:
        ref = registry.ref(target)
        pairs = [Pair(registry.ref(source), ref) for source in sources]
        reason = "rejected" if requested else "turned out"
        return (yield from Remove(self.name, pairs, reason, requested))

    accept, aaccept = verb(_accept), averb(_accept)
    accept_many, aaccept_many = verb(_accept_many), averb(_accept_many)
    accept_pending, aaccept_pending = verb(_accept_pending), averb(_accept_pending)
    reject, areject = verb(_reject), averb(_reject)
    reject_many, areject_many = verb(_reject_many), averb(_reject_many)
    remove_source, aremove_source = verb(_remove_source), averb(_remove_source)
    remove_sources, aremove_sources = verb(_remove_sources), averb(_remove_sources)
