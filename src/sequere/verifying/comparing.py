"""Compare two stores in bounded memory, while other processes write to both."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import NamedTuple

from sequere.exceptions import InvalidCursor
from sequere.questions import Scan
from sequere.types import Edge
from sequere.verifying.digests import Buckets, Digest
from sequere.verifying.exact import Backend, Slot, slot_of, there
from sequere.verifying.looking import steady

#: The number of edges in a step.
BATCH_SIZE = 5000

#: The parts of a comparison: both sides are read into digests, and then the buckets
#: that differ are compared, first from the one side and then from the other.
DIGESTS, ONE, OTHER = "digests", "one", "other"


class Difference(NamedTuple):
    """The edges of two stores in one slot. One of them may be None."""

    one: Edge | None
    other: Edge | None


class Comparison(NamedTuple):
    """A step of compare()."""

    edges: int
    differences: dict[Slot, Difference]
    #: Pass it as `resume` to go on after this step. None if this step was the last.
    resume: str | None
    #: "one" or "other" if edges of this side are looked up in the other store.
    part: str


def compare(
    one: Backend, other: Backend, *, resume: str | None = None
) -> Iterator[Comparison]:
    """Find the edges that are missing on one side, or differ in time, state or level.

    Each side is read once, into 4,096 buckets. Then each side is read again, and the
    edges of buckets that differ are looked up on the other side. A difference counts
    only if it stays the same while both sides are asked repeatedly for 0.75 seconds: an
    edge that is being written is left for the next comparison. An interrupted read into
    buckets begins again; the other parts go on after `resume`. Raise InvalidCursor for
    an unknown `resume`.
    """
    part, buckets, begin = parse(resume)
    if part == DIGESTS:
        digests = Digest(), Digest()
        for backend, digest in zip((one, other), digests, strict=True):
            for edges, _ in scan(backend, None):
                digest.add(edges)
                yield Comparison(len(edges), {}, DIGESTS, DIGESTS)
        buckets = digests[0].difference(digests[1])
        part = ONE
        if not buckets:
            yield Comparison(0, {}, None, ONE)
            return
    if part == ONE:
        for edges, place in scan(one, begin):
            found = differing(one, other, buckets, edges)
            after = (
                f"{OTHER}:{buckets}:" if place is None else f"{ONE}:{buckets}:{place}"
            )
            yield Comparison(len(edges), found, after, ONE)
        begin = None
    for edges, place in scan(other, begin):
        found = lacking(one, other, buckets, edges)
        end = None if place is None else f"{OTHER}:{buckets}:{place}"
        yield Comparison(len(edges), found, end, OTHER)


def parse(resume: str | None) -> tuple[str, Buckets, str | None]:
    """Return the part that `resume` names, the buckets that differ, and the place."""
    if resume in (None, DIGESTS):
        return DIGESTS, Buckets(()), None
    part, _, rest = resume.partition(":")
    text, colon, place = rest.partition(":")
    buckets = Buckets.parse(text)
    if part not in (ONE, OTHER) or not colon or buckets is None:
        raise InvalidCursor(f"{resume!r} is not the `resume` of an earlier step.")
    return part, buckets, place or None


def scan(
    backend: Backend, place: str | None
) -> Iterator[tuple[list[Edge], str | None]]:
    while True:
        edges, place = backend.ask(Scan(place, limit=BATCH_SIZE))
        yield edges, place
        if place is None:
            return


def differing(
    one: Backend, other: Backend, buckets: Buckets, edges: list[Edge]
) -> dict[Slot, Difference]:
    """Return the edges of `one` that are missing or different in `other`."""
    mine = in_buckets(buckets, edges)
    theirs = there(other, mine)
    found = {
        slot: Difference(edge, theirs.get(slot))
        for slot, edge in mine.items()
        if theirs.get(slot) != edge
    }
    return steady(partial(look, one, other), found)


def lacking(
    one: Backend, other: Backend, buckets: Buckets, edges: list[Edge]
) -> dict[Slot, Difference]:
    """Return the edges of `other` whose slots are empty in `one`."""
    theirs = in_buckets(buckets, edges)
    mine = there(one, theirs)
    found = {
        slot: Difference(None, edge)
        for slot, edge in theirs.items()
        if slot not in mine
    }
    found = steady(partial(look, one, other), found)
    return {slot: each for slot, each in found.items() if each.one is None}


def in_buckets(buckets: Buckets, edges: list[Edge]) -> dict[Slot, Edge]:
    return {slot_of(edge): edge for edge in edges if buckets.holds(slot_of(edge))}


def look(
    one: Backend, other: Backend, slots: Collection[Slot]
) -> dict[Slot, Difference]:
    """Return the current differences in these slots."""
    mine, theirs = there(one, slots), there(other, slots)
    both = {slot: Difference(mine.get(slot), theirs.get(slot)) for slot in slots}
    return {slot: each for slot, each in both.items() if each.one != each.other}
