"""The verbs that change something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from asgiref.sync import sync_to_async

from sequere.backends.derived import by_relation
from sequere.batching import batched
from sequere.declaration import Declaration
from sequere.exceptions import InvalidEdge, InvalidRelation
from sequere.handler import get_backend
from sequere.lists.readers import Kind, identifiers_of
from sequere.plans import Plan
from sequere.questions import Add, Archive, Remove, Restore
from sequere.registration import Resource, registry
from sequere.times import now
from sequere.types import Edge, Pair, Ref
from sequere.verbs import acarry_out, averb, carry_out, verb

Follow: TypeAlias = tuple[Resource, Resource] | tuple[Resource, Resource, datetime]

BATCH_SIZE = 50_000


class Writing(Declaration):
    def __init__(
        self,
        name: str,
        *,
        sources: Sequence[Kind] | None = None,
        targets: Sequence[Kind] | None = None,
    ) -> None:
        for option, kinds in (("sources", sources), ("targets", targets)):
            if isinstance(kinds, (str, type)):
                raise InvalidRelation(
                    f"`{option}` of {name!r} must be a list, such as [{kinds!r}]."
                )
        super().__init__(name)
        self._kinds = {"source": sources, "target": targets}
        self._is_open = sources is None and targets is None

    def _add(
        self, source: Resource, target: Resource, *, using: str | None = None
    ) -> Plan[bool]:
        """Add the edge from `source` to `target`. Return whether it is new.

        False if it was there already (it keeps its first time), if it is archived, or
        if one of its ends is being deleted. Raise SelfFollow, and InvalidEdge for a
        model that may not stand at this end. One query.
        """
        ends = registry.ref(source), registry.ref(target)
        return bool((yield from Add([self._edge(*ends, now())])))

    def _remove(
        self, source: Resource, target: Resource, *, using: str | None = None
    ) -> Plan[bool]:
        """Remove the edge from `source` to `target`, archived or not. Return whether
        there was one. One query.
        """
        pair = Pair(registry.ref(source), registry.ref(target))
        return bool((yield from Remove(self.name, [pair])))

    def _archive(self, resource: Resource, *, using: str | None = None) -> Plan[None]:
        """Take `resource` out of all lists and counts, and all resources out of its
        own, until restore(): a soft delete. ModelBase.get_queryset() hides instances
        from lists only.

        Every edge of this moment is put away; an edge that is added later is seen. It
        is not a removal: `followed` and `unfollowed` are not sent.
        """
        yield from Archive(self.name, registry.ref(resource))

    def _restore(self, resource: Resource, *, using: str | None = None) -> Plan[None]:
        """Bring back the edges that archive() put away, with their times. An edge whose
        other end is still archived waits for it. The cost is that of archive().
        """
        yield from Restore(self.name, registry.ref(resource))

    add, aadd = verb(_add), averb(_add)
    remove, aremove = verb(_remove), averb(_remove)
    archive, aarchive = verb(_archive), averb(_archive)
    restore, arestore = verb(_restore), averb(_restore)

    def add_many(
        self, edges: Iterable[Follow], *, using: str | None = None
    ) -> list[Edge]:
        """Add many edges: pairs `(source, target)`, or `(source, target, when)`.

        Return the edges that are new. Duplicates count once, with the first time, and
        resources without a row in the database are left out. All or nothing, where the
        backend has transactions: to import a lot, call it with chunks, and again with
        the rest.

        Reads any iterable, then writes in batches of 50,000; one query for each pair of
        types in a batch (SQLite: and for each 4,000 edges; MariaDB: several for each
        100).
        """
        backend, found = get_backend(using), list(edges)
        return backend.atomically(lambda: carry_out(self._added(found), backend))

    async def aadd_many(
        self, edges: Iterable[Follow], *, using: str | None = None
    ) -> list[Edge]:
        """See add_many()."""
        backend = get_backend(using)
        if backend.supports_transactions:
            return await sync_to_async(self.add_many)(edges, using=using)
        return await acarry_out(self._added(edges), backend)

    def remove_many(
        self, pairs: Iterable[tuple[Resource, Resource]], *, using: str | None = None
    ) -> list[Edge]:
        """Remove many edges: pairs `(source, target)`. Return the removed edges.

        All or nothing, and the cost, as in add_many(); on SQLite one query more, or one
        for each edge where it would read the whole table.
        """
        backend, found = get_backend(using), list(pairs)
        return backend.atomically(lambda: carry_out(self._removed(found), backend))

    async def aremove_many(
        self, pairs: Iterable[tuple[Resource, Resource]], *, using: str | None = None
    ) -> list[Edge]:
        """See remove_many()."""
        backend = get_backend(using)
        if backend.supports_transactions:
            return await sync_to_async(self.remove_many)(pairs, using=using)
        return await acarry_out(self._removed(pairs), backend)

    def _added(self, edges: Iterable[Follow]) -> Plan[list[Edge]]:
        moment = now()
        new: list[Edge] = []
        for batch in batched(edges, BATCH_SIZE):
            follows = [clean(each, moment) for each in batch]
            refs = refs_of(follows)
            new += yield from Add(
                [self._edge(refs[id(a)], refs[id(b)], when) for a, b, when in follows]
            )
        return new

    def _removed(self, pairs: Iterable[tuple[Resource, Resource]]) -> Plan[list[Edge]]:
        gone: list[Edge] = []
        for batch in batched(pairs, BATCH_SIZE):
            gone += yield from Remove(self.name, [pair(each) for each in batch])
        return gone

    def _edge(self, source: Ref, target: Ref, created: datetime) -> Edge:
        edge = Edge(self.name, source, target, created)
        if not self._is_open:
            self._check("source", edge.source)
            self._check("target", edge.target)
        return edge

    def _check(self, end: str, ref: Ref) -> None:
        kinds = self._kinds[end]
        if kinds is not None:
            allowed = identifiers_of(kinds) or ()
            if ref.identifier not in allowed:
                raise InvalidEdge(
                    f"{ref} cannot be the {end} of an edge of {self.name!r}, which is "
                    f"declared for: {', '.join(allowed)}."
                )


def remove_edges(edges: Iterable[Edge], *, using: str | None = None) -> list[Edge]:
    """Remove edges as they are stored, even if their relations or models are known no
    more. Return the edges that were there. Cost as in Relation.add_many(), a relation
    at a time.
    """
    backend = get_backend(using)
    found = sorted(by_relation(edges).items())
    return backend.atomically(
        lambda: [
            edge
            for relation, each in found
            for edge in backend.ask(Remove(relation, each, reason="removed"))
        ]
    )


def clean(each: Follow, moment: datetime) -> tuple[Resource, Resource, datetime]:
    match each:
        case (source, target):
            return source, target, moment
        case (source, target, when):
            return source, target, when or moment
    raise InvalidEdge(
        f"{each!r} is not an edge: (source, target) or (source, target, when)."
    )


def refs_of(
    follows: Iterable[tuple[Resource, Resource, datetime]],
) -> dict[int, Ref]:
    """The refs of all ends, by id(): an end of many edges is looked at once."""
    ends = {id(end): end for follow in follows for end in follow[:2]}
    return {key: registry.ref(end) for key, end in ends.items()}


def pair(each: tuple[Resource, Resource]) -> Pair:
    match each:
        case (source, target):
            return Pair(registry.ref(source), registry.ref(target))
    raise InvalidEdge(f"{each!r} is not a pair: (source, target).")
