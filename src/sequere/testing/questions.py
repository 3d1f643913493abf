from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from sequere.api import (
    follow_states,
    friends_among,
    get_common_followers,
    get_common_followings,
    get_followers,
    get_followers_counts,
    get_followings,
    get_followings_counts,
    get_friends,
    get_friends_count,
    get_known_followers,
    get_suggestions,
    is_following,
)
from sequere.lists import ResourceList
from sequere.questions import Counts, Edges, Lookup, PageOf, PagesOf, Scan
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW
from sequere.testing.models import Label, Person, Place
from sequere.testing.oracle import place
from sequere.testing.world import (
    DIRECTIONS,
    KINDS,
    PAIRS,
    RELATIONS,
    SIZES,
    TIMES,
    WHO,
    World,
)
from sequere.types import (
    ACTIVE,
    REQUESTED,
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Position,
    Ref,
    Span,
    Window,
)


class Questions(World):
    """Ask the backend, and compare the answer with the answer of the dict."""

    bookmark: tuple[int, Direction, Edge, str] | None = None

    @invariant()
    def everything_is_there(self) -> None:
        self.equal(set(self.case.every_edge()), set(self.oracle.edges.values()))

    @invariant()
    def counts_are_true(self) -> None:
        followers, followings = self.counts("followers"), self.counts("followings")
        self.equal(get_followers_counts(self.world), followers)
        self.equal(get_followings_counts(self.world), followings)

    def counts(self, direction: Direction) -> dict[Any, int]:
        return {
            each: len(self.oracle.listed(FOLLOW.name, Neighbours(ref, direction)))
            for each, ref in zip(self.world, self.refs, strict=True)
        }

    @rule(viewer=WHO, other=WHO)
    def states(self, viewer: int, other: int) -> None:
        me = self.one(viewer)
        followings = self.others(viewer, "followings")
        followers = self.others(viewer, "followers")
        self.equal(
            is_following(*self.both(viewer, other)), self.ref(other) in followings
        )
        self.equal(
            follow_states(me, self.refs),
            {
                ref: FollowState(
                    followings.get(ref),
                    followers.get(ref),
                    ref in self.others(viewer, "followings", REQUESTED),
                    ref in self.others(viewer, "followers", REQUESTED),
                    (BLOCK.name, self.ref(viewer), ref) in self.oracle.edges,
                    (BLOCK.name, ref, self.ref(viewer)) in self.oracle.edges,
                )
                for ref in self.refs
            },
        )
        friends = {ref: followings[ref] for ref in followings.keys() & followers}
        self.equal(friends_among(me, self.refs), friends)
        self.equal(get_friends_count(me), len(friends))

    @rule(
        who=WHO,
        direction=DIRECTIONS,
        kinds=KINDS,
        since=st.none() | TIMES,
        until=st.none() | TIMES,
        oldest_first=st.booleans(),
        size=SIZES,
    )
    def lists(
        self,
        who: int,
        direction: Direction,
        kinds: list[type[Model]],
        since: datetime | None,
        until: datetime | None,
        oldest_first: bool,
        size: int,
    ) -> None:
        identifiers = [registry.get_for_model(kind).identifier for kind in kinds]
        whose = Neighbours(self.ref(who), direction)
        edges = self.oracle.listed(FOLLOW.name, whose, identifiers, since, until)
        found = self.listed(who, direction, *kinds)
        found = found if since is None else found.since(since)
        found = found if until is None else found.until(until)
        if oldest_first:
            edges, found = edges[::-1], found.oldest_first()
        refs = [edge.other(direction) for edge in edges]
        wanted = [
            (self.resource(ref), edge.created)
            for ref, edge in zip(refs, edges, strict=True)
        ]
        self.equal(list(found), wanted)
        self.equal(len(found), len(wanted))
        self.equal(found[1 : 1 + size], wanted[1 : 1 + size])
        self.equal(list(found.refs()), refs)
        self.equal(
            [ref in found for ref in self.refs], [ref in refs for ref in self.refs]
        )
        self.equal(turned(found, size), wanted)

    @rule(who=WHO, direction=DIRECTIONS, size=SIZES)
    def keep_a_cursor(self, who: int, direction: Direction, size: int) -> None:
        page = self.listed(who, direction).page(size)
        if page.next is not None:
            whose = Neighbours(self.ref(who), direction)
            edge = self.oracle.listed(FOLLOW.name, whose)[size - 1]
            self.bookmark = who, direction, edge, page.next

    @precondition(lambda self: self.bookmark)
    @rule(size=SIZES)
    def go_on(self, size: int) -> None:
        """Read the page after a page that was read earlier."""
        assert self.bookmark is not None
        who, direction, last, cursor = self.bookmark
        edges = self.oracle.listed(FOLLOW.name, Neighbours(self.ref(who), direction))
        rest = [
            each for each in edges if place(each, direction) < place(last, direction)
        ]
        page = self.listed(who, direction).refs().page(size, after=cursor)
        self.equal(page.items, [edge.other(direction) for edge in rest[:size]])
        self.equal(page.next is None, len(rest) <= size)

    @rule(one=WHO, other=WHO)
    def common(self, one: int, other: int) -> None:
        """Compare the lists of the resources that two lists have in common."""
        me, them = self.both(one, other)
        lists: list[tuple[Any, int, Direction, int, Direction]] = [
            (get_friends(me), one, "followings", one, "followers"),
            (get_common_followings(me, them), one, "followings", other, "followings"),
            (get_common_followers(me, them), one, "followers", other, "followers"),
            (get_known_followers(me, them), one, "followings", other, "followers"),
        ]
        for found, first, direction, second, other_direction in lists:
            wanted = self.oracle.common(
                FOLLOW.name,
                Neighbours(self.ref(first), direction),
                Neighbours(self.ref(second), other_direction),
            )
            pairs = [(self.resource(ref), when) for ref, when in wanted.items()]
            self.equal(list(found), pairs)
            self.equal(len(found), len(pairs))
            self.equal(turned(found, 2), pairs)

    @rule(viewer=WHO)
    def suggestions(self, viewer: int) -> None:
        found = get_suggestions(self.one(viewer), limit=99, reasons=99)
        self.equal(
            [
                (registry.ref(s.instance), [*map(registry.ref, s.reasons)])
                for s in found
            ],
            self.oracle.suggestions(FOLLOW.name, self.ref(viewer)),
        )

    @rule(
        relation=RELATIONS,
        direction=DIRECTIONS,
        since=st.none() | TIMES,
        until=st.none() | TIMES,
        kinds=KINDS,
    )
    def counts_of_a_time(
        self,
        relation: str,
        direction: Direction,
        since: datetime | None,
        until: datetime | None,
        kinds: list[type[Model]],
    ) -> None:
        identifiers = [
            registry.get_for_model(kind).identifier for kind in kinds
        ] or None
        span = Span(since, until)
        counts = self.store.ask(
            Counts(relation, self.refs, direction, identifiers, span)
        )
        for ref in self.refs:
            whose = Neighbours(ref, direction)
            wanted = self.oracle.listed(relation, whose, identifiers, since, until)
            self.equal(counts[ref], len(wanted))

    @rule(
        relation=RELATIONS,
        direction=DIRECTIONS,
        limit=SIZES,
        offset=st.integers(0, 2),
        newest_first=st.booleans(),
        after=st.none() | st.tuples(TIMES, WHO),
    )
    def pages(
        self,
        relation: str,
        direction: Direction,
        limit: int,
        offset: int,
        newest_first: bool,
        after: tuple[datetime, int] | None,
    ) -> None:
        """Compare windows of all lists that begin after any position."""
        where = None if after is None else Position(after[0], *self.ref(after[1]))
        options: dict[str, Any] = {"limit": limit, "offset": offset, "after": where}
        options["newest_first"] = newest_first
        found = self.store.ask(
            PagesOf(relation, self.refs, direction, Window(**options))
        )
        for ref in self.refs:
            edges = self.oracle.listed(relation, Neighbours(ref, direction))
            if not newest_first:
                edges.reverse()
            if where is not None:
                edges = [
                    e for e in edges if is_behind(e, where, direction, newest_first)
                ]
            self.equal(found[ref], edges[offset : offset + limit])

    @rule(relation=RELATIONS, who=WHO, direction=DIRECTIONS, size=SIZES)
    def requests(
        self, relation: str, who: int, direction: Direction, size: int
    ) -> None:
        whose = Neighbours(self.ref(who), direction)
        wanted = self.oracle.listed(relation, whose, state=REQUESTED)
        ask, ref = self.store.ask, whose.ref
        page = ask(PageOf(relation, *whose, Window(size), REQUESTED))
        self.equal([edge._replace(level=0) for edge in wanted[:size]], page)
        counts = ask(Counts(relation, [ref], direction, state=REQUESTED))
        self.equal(counts, {ref: len(wanted)})
        times = {edge.other(direction): edge.created for edge in wanted}
        found = ask(Lookup(relation, *whose, self.refs, REQUESTED))
        self.equal(found, times)

    @rule(relation=RELATIONS, pairs=PAIRS)
    def edges_of_pairs(self, relation: str, pairs: list[tuple[int, int]]) -> None:
        every = [self.pair(*each) for each in pairs]
        wanted = {
            pair: self.oracle.edges[relation, *pair]
            for pair in every
            if (relation, *pair) in self.oracle.edges
        }
        self.equal(self.store.ask(Edges(relation, every)), wanted)

    @rule(limit=st.integers(1, 5))
    def scan(self, limit: int) -> None:
        found: set[Edge] = set()
        edges, after = self.store.ask(Scan(limit=limit))
        while True:
            found.update(edges)
            if after is None:
                break
            edges, after = self.store.ask(Scan(after, limit=limit))
        self.equal(found, set(self.oracle.edges.values()))

    @rule(who=WHO, model=st.sampled_from([Person, Label, Place]))
    def querysets(self, who: int, model: Any) -> None:
        one, mine = self.one(who), self.of(model)
        for rows, others in (
            (model.objects.followed_by(one), self.others(who, "followings")),
            (model.objects.followers_of(one), self.others(who, "followers")),
        ):
            self.equal({registry.ref(row) for row in rows}, others.keys() & mine)

    def others(
        self, who: int, direction: Direction, state: int = ACTIVE
    ) -> dict[Ref, datetime]:
        whose = Neighbours(self.ref(who), direction)
        return self.oracle.others(FOLLOW.name, whose, state)

    def listed(
        self, who: int, direction: Direction, *kinds: type[Model]
    ) -> ResourceList[Any]:
        verb = get_followers if direction == "followers" else get_followings
        return verb(self.one(who), *kinds)


def turned(items: ResourceList[Any], size: int) -> list[Any]:
    """Return all items, page by page. The `previous` cursor must find each page
    again.
    """
    seen: list[Any] = []
    page = items.page(size)
    while True:
        seen += page.items
        if page.next is None:
            return seen
        before, page = page, items.page(size, after=page.next)
        assert items.page(size, after=page.previous).items == before.items


def is_behind(
    edge: Edge, where: Position, direction: Direction, newest_first: bool
) -> bool:
    here = place(edge, direction)
    there = place(Edge("", Ref(*where[1:]), Ref(*where[1:]), where.created), direction)
    return here < there if newest_first else here > there
