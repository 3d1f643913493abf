"""The verbs that change edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from asgiref.sync import sync_to_async

from sequere.approval import asking, has_approval
from sequere.arguments import at_hand
from sequere.backends.derived import removal
from sequere.batching import batched
from sequere.declaration import BLOCK
from sequere.exceptions import InvalidEdge, InvalidRelation
from sequere.handler import get_backend
from sequere.lists.readers import Kind, identifiers_of
from sequere.plans import Plan
from sequere.questions import (
    Accept,
    Add,
    Archive,
    Contains,
    Edges,
    Question,
    Remove,
    Restore,
    SetLevel,
)
from sequere.registration import Resource, registry
from sequere.relations.expiring import Expiring
from sequere.times import is_over, now
from sequere.types import ACTIVE, REQUESTED, Attempt, Edge, Pair, Ref
from sequere.validation import LISTED
from sequere.verbs import acarry_out, averb, carry_out, verb

Follow: TypeAlias = tuple[Resource, Resource] | tuple[Resource, Resource, datetime]

BATCH_SIZE = 50_000


class Writing(Expiring):
    def __init__(
        self,
        name: str,
        *,
        sources: Sequence[Kind] | None = None,
        targets: Sequence[Kind] | None = None,
        barred: bool = False,
        approval: bool = False,
        expires: bool = False,
    ) -> None:
        for option, kinds in (("sources", sources), ("targets", targets)):
            if isinstance(kinds, (str, type)):
                raise InvalidRelation(
                    f"`{option}` of {name!r} must be a list, such as [{kinds!r}]."
                )
        super().__init__(name)
        self.barred, self.approval, self.expires = barred, approval, expires
        if expires:
            self._declare_ends()
        self._kinds = {"source": sources, "target": targets}
        self._is_open = sources is None and targets is None

    def _add(
        self,
        source: Resource,
        target: Resource,
        *,
        level: int = 0,
        until: datetime | None = None,
        using: str | None = None,
    ) -> Plan[bool]:
        """Add the edge from `source` to `target`. Return whether the edge is new.

        `level` is a number that the site chooses. `until` is the time when the edge
        ends; None means never. If the relation `expires`, an existing edge gets this
        end, and the method also returns True if the edge had another end.

        Return False if the edge already exists (it keeps its first time and its level),
        if it is archived, if a block bars it, or if one of its ends is being deleted.
        Also return False if there is a request now, because `target` approves its
        followers. attempt() distinguishes these cases. Raise SelfFollow, and
        InvalidEdge for a model that may not stand at this end, a level that is not 0 to
        32767, an `until` in the past, or an `until` in a relation without `expires`.

        One query. If the model of `target` has `approval`, one more query before it,
        and one or two after it for a request, or if nothing was written. If the
        relation expires, one more query.
        """
        ends = registry.ref(source), registry.ref(target)
        edge = self._edge(*ends, now(), level)
        if until is None and self.ends is None:
            return (yield from self._stored(edge)) is Attempt.NEW
        changed = yield from self._end([edge], until)
        return (yield from self._stored(edge)) is Attempt.NEW or bool(changed)

    def _attempt(
        self,
        source: Resource,
        target: Resource,
        *,
        level: int = 0,
        using: str | None = None,
    ) -> Plan[Attempt]:
        """Add an edge that never ends as add() does, and return what happened, or why
        nothing did.

        The cost is that of add(), and one to three queries more if nothing was written.
        """
        ends = registry.ref(source), registry.ref(target)
        edge = self._edge(*ends, now(), level)
        removed = yield from self._end([edge], None)
        if done := (yield from self._stored(edge)):
            return done
        refusal = yield from self._refusal(edge)
        had_ended = any(is_over(end.created) for end in removed)
        return Attempt.NEW if refusal is Attempt.SAME and had_ended else refusal

    def _remove(
        self, source: Resource, target: Resource, *, using: str | None = None
    ) -> Plan[bool]:
        """Remove the edge from `source` to `target`, or the request for it, archived or
        not. Return whether there was an edge or request. One query.
        """
        pair = Pair(registry.ref(source), registry.ref(target))
        return bool((yield from self._removed_pairs([pair])))

    def _set_level(
        self,
        source: Resource,
        target: Resource,
        level: int,
        *,
        using: str | None = None,
    ) -> Plan[bool]:
        """Give the edge from `source` to `target`, or the request for it, this level.
        Return whether the level changed. One query; MariaDB takes three.
        """
        pair = Pair(registry.ref(source), registry.ref(target))
        return bool((yield from SetLevel(self.name, [pair], level)))

    def _archive(self, resource: Resource, *, using: str | None = None) -> Plan[None]:
        """Take `resource` out of all lists and counts, and all resources out of its own
        lists and counts, until restore(): a soft delete. ModelBase.get_queryset() hides
        instances from lists only.

        Every edge that exists now is archived; an edge that is added later is active.
        Archiving is not a removal: `followed` and `unfollowed` are not sent.
        """
        yield from Archive(self.name, registry.ref(resource))

    def _restore(self, resource: Resource, *, using: str | None = None) -> Plan[None]:
        """Bring back the edges that archive() archived, with their times. An edge whose
        other end is still archived stays archived. The cost is that of archive().
        """
        yield from Restore(self.name, registry.ref(resource))

    add, aadd = verb(_add), averb(_add)
    attempt, aattempt = verb(_attempt), averb(_attempt)
    remove, aremove = verb(_remove), averb(_remove)
    set_level, aset_level = verb(_set_level), averb(_set_level)
    archive, aarchive = verb(_archive), averb(_archive)
    restore, arestore = verb(_restore), averb(_restore)

    def add_many(
        self,
        edges: Iterable[Follow],
        *,
        until: datetime | None = None,
        using: str | None = None,
    ) -> list[Edge]:
        """Add many edges: pairs `(source, target)`, or `(source, target, when)`. All of
        them end at `until`, as in add().

        Return the edges that are new and active. Duplicates count once, with the first
        time. Edges to or from resources without a row in the database are omitted, and
        so are edges that a block bars; if a target approves its followers, the edge is
        stored as a request. The call is atomic if the backend has transactions. For a
        large import, call it with chunks; after an error, call it again with the
        remaining chunks.

        The method reads any iterable, then writes in batches of 50,000: one query for
        each pair of types in a batch (SQLite: ten for 1,000 edges or more; MariaDB:
        several for each 100 edges).
        """
        backend, found = get_backend(using), list(edges)
        return backend.atomically(lambda: carry_out(self._added(found, until), backend))

    async def aadd_many(
        self,
        edges: Iterable[Follow],
        *,
        until: datetime | None = None,
        using: str | None = None,
    ) -> list[Edge]:
        """See add_many()."""
        backend = get_backend(using)
        if backend.supports_transactions:
            return await sync_to_async(self.add_many)(edges, until=until, using=using)
        found = await at_hand(edges)
        return await acarry_out(self._added(found, until), backend)

    def remove_many(
        self, pairs: Iterable[tuple[Resource, Resource]], *, using: str | None = None
    ) -> list[Edge]:
        """Remove many edges: pairs `(source, target)`. Return the removed edges.

        Atomicity and cost are those of add_many(). On SQLite, one query more, or one
        for each edge if a single query would read the whole table.
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
        return await acarry_out(self._removed(await at_hand(pairs)), backend)

    def _added(
        self, edges: Iterable[Follow], until: datetime | None
    ) -> Plan[list[Edge]]:
        moment = now()
        new: list[Edge] = []
        for batch in batched(edges, BATCH_SIZE):
            follows = [clean(each, moment) for each in batch]
            refs = refs_of(follows)
            every = [
                Edge(self.name, refs[id(a)], refs[id(b)], when)
                for a, b, when in follows
            ]
            self._check_ends(every)
            yield from self._end(every, until)
            new += yield from self._stored_many(every)
        return new

    def _removed(self, pairs: Iterable[tuple[Resource, Resource]]) -> Plan[list[Edge]]:
        gone: list[Edge] = []
        for batch in batched(pairs, BATCH_SIZE):
            gone += yield from self._removed_pairs([pair(each) for each in batch])
        return gone

    def _removed_pairs(
        self, pairs: Sequence[Pair]
    ) -> Question[list[Edge]] | Plan[list[Edge]]:
        if self.ends is None:
            return Remove(self.name, pairs)
        return self._removed_with(self.ends, pairs)

    def _stored(self, edge: Edge) -> Plan[Attempt | None]:
        """Return NEW or REQUESTED, or None if nothing was written."""
        if not (self.approval and has_approval(edge.target)):
            return Attempt.NEW if (yield from Add([edge])) else None
        if (yield from asking([edge.target])):
            edge = edge._replace(state=REQUESTED)
        added = yield from Add([edge])
        if added and edge.state == ACTIVE:
            return Attempt.NEW
        # There is a new or an older request. If the target has stopped asking in the
        # meantime, accept_pending() may have run too early to see the request.
        if (yield from asking([edge.target])):
            return Attempt.REQUESTED if added else None
        accepted = yield from Accept(self.name, edge.target, [edge.source], now())
        return Attempt.NEW if accepted else None

    def _stored_many(self, edges: list[Edge]) -> Plan[list[Edge]]:
        """Return the edges that are new and active after all. See _stored()."""
        targets = {edge.target for edge in edges} if self.approval else set()
        approving = set(filter(has_approval, targets))
        if not approving:
            return (yield from Add(edges))
        asked = yield from asking(approving)
        edges = [
            edge._replace(state=REQUESTED) if edge.target in asked else edge
            for edge in edges
        ]
        new = yield from Add(edges)
        active = [edge for edge in new if edge.state == ACTIVE]
        # The other edges are new or older requests, also to targets that do not ask.
        done = {edge[:3] for edge in active}
        others = [
            Pair(*edge[1:3])
            for edge in edges
            if edge.target in approving and edge[:3] not in done
        ]
        return active + (yield from self._accepted_if_open(others))

    def _accepted_if_open(self, pairs: list[Pair]) -> Plan[list[Edge]]:
        """Accept the requests whose targets no longer ask."""
        found = yield from Edges(self.name, pairs)
        sources: dict[Ref, list[Ref]] = defaultdict(list)
        for (source, target), edge in found.items():
            if edge.state == REQUESTED:
                sources[target].append(source)
        closed = yield from asking(sources)
        accepted: list[Edge] = []
        for target in sorted(set(sources) - set(closed)):
            accepted += yield from Accept(self.name, target, sources[target], now())
        return accepted

    def _refusal(self, edge: Edge) -> Plan[Attempt]:
        """Return the reason why `edge` was not written."""
        pair = Pair(edge.source, edge.target)
        if found := (yield from Edges(self.name, [pair])).get(pair):
            if found.state in LISTED:
                return Attempt.PENDING if found.state else Attempt.SAME
            return Attempt.ARCHIVED
        if self.barred:
            if (yield from Contains(BLOCK, *pair)):
                return Attempt.BLOCKING
            if (yield from Contains(BLOCK, *reversed(pair))):
                return Attempt.BLOCKED
        return Attempt.GONE

    def _edge(
        self, source: Ref, target: Ref, created: datetime, level: int = 0
    ) -> Edge:
        edge = Edge(self.name, source, target, created, level=level)
        self._check_ends([edge])
        return edge

    def _check_ends(self, edges: Iterable[Edge]) -> None:
        if not self._is_open:
            for edge in edges:
                self._check("source", edge.source)
                self._check("target", edge.target)

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
    """Remove edges as they are stored, even if their relations or models are no longer
    known. Return the edges that were there. The cost is that of Relation.add_many() for
    each relation.
    """
    backend = get_backend(using)
    found = removal(edges, "removed")
    return backend.atomically(
        lambda: [edge for question in found for edge in backend.ask(question)]
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
    """Return the refs of all ends by id(): an end of many edges is converted once."""
    ends = {id(end): end for follow in follows for end in follow[:2]}
    return {key: registry.ref(end) for key, end in ends.items()}


def pair(each: tuple[Resource, Resource]) -> Pair:
    match each:
        case (source, target):
            return Pair(registry.ref(source), registry.ref(target))
    raise InvalidEdge(f"{each!r} is not a pair: (source, target).")
