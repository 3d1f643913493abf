"""Plans that answer a question by asking simpler ones, for any backend."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sequere.declaration import BLOCK, MUTE, UNTIL, is_barred
from sequere.order import behind, chosen
from sequere.plans import Plan
from sequere.questions import (
    Add,
    Block,
    Common,
    CommonCount,
    Contains,
    Counts,
    Edges,
    Expire,
    Lookup,
    PageOf,
    PagesOf,
    Put,
    Remove,
    States,
    Unblock,
)
from sequere.times import is_over
from sequere.types import (
    ACTIVE,
    REQUESTED,
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Pair,
    Ref,
    Window,
)

# The second and later reads of a list take WALK_SIZE edges, the first read fewer: short
# lists never pay for a length query.
WALK_SIZE = 500
FIRST_SIZE = 100
# A walk begins with the second list if that list is more than this many times shorter.
MUCH_SHORTER = 4


def contains(asked: Contains) -> Plan[bool]:
    relation, source, target = asked.relation, asked.source, asked.target
    return bool((yield from Lookup(relation, source, "followings", [target])))


def states(asked: States) -> Plan[dict[Ref, FollowState]]:
    """Ask four reads, and four more for a relation that a block bars."""
    relation, ref, others = asked.relation, asked.ref, asked.others

    def times(
        name: str, direction: Direction, state: int = ACTIVE
    ) -> Plan[dict[Ref, datetime]]:
        return (yield from Lookup(name, ref, direction, others, state))

    followings = yield from times(relation, "followings")
    followers = yield from times(relation, "followers")
    requested = yield from times(relation, "followings", REQUESTED)
    requests = yield from times(relation, "followers", REQUESTED)
    policy: list[dict[Ref, datetime]] = [{}] * 4
    if is_barred(relation):
        blocking = yield from times(BLOCK, "followings")
        blocked = yield from times(BLOCK, "followers")
        muted = yield from times(MUTE, "followings")
        ends = yield from times(MUTE + UNTIL, "followings")
        policy = [blocking, blocked, muted, ends]
    found = states_of(others, followings, followers, requested, requests, *policy)
    return dict(found)


def states_of(
    others: Iterable[Ref],
    followings: Mapping[Ref, datetime],
    followers: Mapping[Ref, datetime],
    requested: Collection[Ref],
    requests: Collection[Ref],
    blocking: Collection[Ref],
    blocked: Collection[Ref],
    muted: Collection[Ref],
    ends: Mapping[Ref, datetime],
) -> Iterator[tuple[Ref, FollowState]]:
    """Return how a viewer stands to `others`, by the lists that hold each ref."""
    for other in others:
        yield (
            other,
            FollowState(
                followings.get(other),
                followers.get(other),
                other in requested,
                other in requests,
                other in blocking,
                other in blocked,
                other in muted,
                ends.get(other) if other in muted else None,
            ),
        )


def pages(asked: PagesOf) -> Plan[dict[Ref, list[Edge]]]:
    found = {}
    for ref in asked.refs:
        page = PageOf(asked.relation, ref, asked.direction, asked.window)
        found[ref] = yield from page
    return found


def by_relation(edges: Iterable[Edge]) -> dict[str, list[Pair]]:
    """Return the ends of `edges` by relation, as Remove takes them."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for edge in edges:
        pairs[edge.relation].append(Pair(edge.source, edge.target))
    return pairs


def common(asked: Common) -> Plan[list[Edge]]:
    """Walk `first` and look its edges up in `second`. If `second` is much shorter, look
    all of `second` up in `first` instead. The cost depends on the shorter list.
    """
    first, second, window = asked.first, asked.second, asked.window
    found: list[Edge] = []
    wanted = window.offset + window.limit
    first_part = window._replace(limit=max(FIRST_SIZE, wanted), offset=0)
    part: Window | None = first_part
    while part:
        edges = yield from PageOf(asked.relation, *first, part)
        found += yield from among(asked.relation, second, edges, first.direction)
        if len(found) >= wanted:
            break
        rest = behind(part, edges, first.direction)
        if rest and part is first_part:
            one, other = yield from lengths(
                asked.relation, first, second, window.identifiers
            )
            if other * MUCH_SHORTER < one:
                return (yield from gathered(asked))
            rest = rest._replace(limit=max(WALK_SIZE, wanted))
        part = rest
    return found[window.offset : wanted]


def common_count(asked: CommonCount) -> Plan[int]:
    """Walk the shorter list, if `first` is not short."""
    first, second, identifiers = asked.first, asked.second, asked.identifiers
    count = 0
    walked, other = first, second
    everything = Window(WALK_SIZE, identifiers=identifiers)
    first_part = everything._replace(limit=FIRST_SIZE)
    part: Window | None = first_part
    while part:
        edges = yield from PageOf(asked.relation, *walked, part)
        rest = behind(part, edges, walked.direction)
        if rest and part is first_part:
            sizes = yield from lengths(asked.relation, first, second, identifiers)
            if sizes[1] < sizes[0]:
                walked, other = second, first
                part = everything
                continue
            rest = rest._replace(limit=WALK_SIZE)
        found = yield from among(asked.relation, other, edges, walked.direction)
        count += len(found)
        part = rest
    return count


def lengths(
    relation: str,
    first: Neighbours,
    second: Neighbours,
    identifiers: Sequence[str] | None,
) -> Plan[tuple[int, int]]:
    both = first, second
    found: dict[Neighbours, int] = {}
    for direction in {whose.direction: None for whose in both}:
        same = [whose.ref for whose in both if whose.direction == direction]
        refs = list(dict.fromkeys(same))
        counts = yield from Counts(relation, refs, direction, identifiers)
        for ref in refs:
            found[Neighbours(ref, direction)] = counts[ref]
    return found[first], found[second]


def gathered(asked: Common) -> Plan[list[Edge]]:
    """Answer common() by reading all of `second`."""
    first, second, window = asked.first, asked.second, asked.window
    found: list[Edge] = []
    part: Window | None = Window(WALK_SIZE, identifiers=window.identifiers)
    while part:
        edges = yield from PageOf(asked.relation, *second, part)
        others = [edge.other(second.direction) for edge in edges]
        times = yield from Lookup(asked.relation, *first, others)
        found += [first.edge(asked.relation, *item) for item in times.items()]
        part = behind(part, edges, second.direction)
    return chosen(found, first.direction, window)


def among(
    relation: str, whose: Neighbours, edges: Sequence[Edge], direction: Direction
) -> Plan[list[Edge]]:
    """Return the `edges` of another list whose other end is in this list, too."""
    others = [edge.other(direction) for edge in edges]
    times = yield from Lookup(relation, *whose, others)
    pairs = zip(edges, others, strict=True)
    return [edge for edge, other in pairs if other in times]


def put(asked: Put) -> Plan[list[Edge]]:
    """Remove the stored edges, then add: the slots are empty for a moment."""
    removed: set[Edge] = set()
    for relation, pairs in sorted(by_relation(asked.edges).items()):
        removed.update((yield from Remove(relation, pairs)))
    added = yield from Add(asked.edges)
    return [edge for edge in added if edge not in removed]


def expire(asked: Expire) -> Plan[list[Edge]]:
    """Look at the ends, remove the edges, and then their ends. If the process dies, no
    edge is left without its end.

    An end that was renewed in between comes back with its edge. An edge is lost if its
    end was removed in between: nobody can tell whether the edge was to stay.
    """
    found = yield from Edges(asked.ends, asked.pairs)
    over = [pair for pair, end in found.items() if is_over(end.created, asked.moment)]
    edges = yield from Remove(asked.relation, over)
    ends = yield from Remove(asked.ends, over)
    renewed = [end for end in ends if not is_over(end.created, asked.moment)]
    yield from Put(renewed)
    pairs = {edge[1:3] for edge in renewed}
    yield from Add([edge for edge in edges if edge[1:3] in pairs])
    return [edge for edge in edges + ends if edge[1:3] not in pairs]


def removal(edges: Iterable[Edge], reason: str) -> list[Remove | Unblock]:
    """Return the questions that remove `edges` of any relations."""
    return [
        Unblock(pairs, reason) if relation == BLOCK else Remove(relation, pairs, reason)
        for relation, pairs in sorted(by_relation(edges).items())
    ]


def addition(edges: Iterable[Edge], reason: str) -> list[Add | Block]:
    """Return the questions that store `edges` of any relations; blocks come last."""
    edges = list(edges)
    blocks = [edge for edge in edges if edge.relation == BLOCK]
    others = [edge for edge in edges if edge.relation != BLOCK]
    asked: list[Add | Block] = [Add(others, reason)] if others else []
    return [*asked, Block(blocks, reason)] if blocks else asked
