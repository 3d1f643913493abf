"""What is read: plans of one round trip for each server, unless they say otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sequere.backends.derived import joined
from sequere.backends.redis import scripts
from sequere.backends.redis.keys import Ends, Keys, List, bucket_of, kind_of
from sequere.backends.redis.protocol import Command, Plan, call
from sequere.backends.redis.routing import Router
from sequere.batching import batched
from sequere.times import from_microseconds, to_microseconds
from sequere.types import Direction, Edge, FollowState, Neighbours, Ref, Span, Window

# So that no command keeps the server from others for long.
BATCH_SIZE = 400
# No list is longer, and Lua writes larger numbers with an exponent.
LARGEST = 10**12


class Reads:
    def __init__(self, keys: Keys, router: Router) -> None:
        self.keys = keys
        self.router = router

    def contains(self, relation: str, source: Ref, target: Ref) -> Plan[bool]:
        score = self._score(List(relation, source, "followings", target[0]), target[1])
        [created] = yield from self.router.deliver([score])
        return created is not None

    def lookup(
        self, relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
    ) -> Plan[dict[Ref, datetime]]:
        batches = batches_of(others)
        commands = self._lookups(relation, ref, direction, batches)
        replies = yield from self.router.deliver(commands)
        return times_of(batches, replies)

    def states(
        self, relation: str, ref: Ref, others: Sequence[Ref]
    ) -> Plan[dict[Ref, FollowState]]:
        batches = batches_of(others)
        # In one delivery: all lists of `ref` are in its bucket.
        replies = yield from self.router.deliver(
            [
                *self._lookups(relation, ref, "followings", batches),
                *self._lookups(relation, ref, "followers", batches),
            ]
        )
        half = len(batches)
        return joined(
            times_of(batches, replies[:half]), times_of(batches, replies[half:])
        )

    def page(
        self, relation: str, ref: Ref, direction: Direction, window: Window
    ) -> Plan[list[Edge]]:
        pages = yield from self.pages(relation, [ref], direction, window)
        return pages[ref]

    def pages(
        self, relation: str, refs: Sequence[Ref], direction: Direction, window: Window
    ) -> Plan[dict[Ref, list[Edge]]]:
        commands = [self._page(relation, ref, direction, window) for ref in refs]
        replies = yield from self.router.deliver(commands)
        return {
            ref: edges_of(relation, Neighbours(ref, direction), window, reply)
            for ref, reply in zip(refs, replies, strict=True)
        }

    def _page(
        self, relation: str, ref: Ref, direction: Direction, window: Window
    ) -> Command:
        limit, after, offset, newest_first, identifiers = window
        limit, offset = min(limit, LARGEST), min(offset, LARGEST)
        bucket = bucket_of(ref)
        place = (to_microseconds(after[0]), *after[1:]) if after else ("", "", "")
        return call(
            scripts.PAGE,
            bucket,
            [
                self.keys.shared(bucket, "types"),
                self.keys.base(bucket, relation, ref, direction),
            ],
            [
                kind_of(relation, ref.identifier, direction, ""),
                "newest" if newest_first else "oldest",
                limit,
                offset,
                *place,
                *(identifiers or ()),
            ],
        )

    def counts(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        identifiers: Sequence[str] | None,
        span: Span | None,
    ) -> Plan[dict[Ref, int]]:
        groups: dict[tuple[str, str], list[tuple[Ref, str]]] = defaultdict(list)
        for ref in refs:
            bucket = bucket_of(ref)
            group = self.router.topology.together(bucket), ref.identifier
            groups[group].append((ref, bucket))
        batches = [
            (group, batch)
            for group, items in groups.items()
            for batch in batched(items, BATCH_SIZE)
        ]
        commands = []
        for (together, identifier), batch in batches:
            keys = []
            for ref, bucket in batch:
                keys.append(self.keys.shared(bucket, "types"))
                keys.append(self.keys.base(bucket, relation, ref, direction))
            kind = kind_of(relation, identifier, direction, "")
            arguments = [kind, *bounds_of(span), *(identifiers or ())]
            commands.append(call(scripts.COUNT, together, keys, arguments))
        replies = yield from self.router.deliver(commands)
        return {
            ref: count
            for (_, batch), counts in zip(batches, replies, strict=True)
            for (ref, _), count in zip(batch, counts, strict=True)
        }

    def missing(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        """Those of `edges` that are not there."""
        scores = yield from self.scores([Ends(*edge[:3]).forward for edge in edges])
        pairs = zip(edges, scores, strict=True)
        return [edge for edge, created in pairs if created is None]

    def present(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        """The edges that are there."""
        scores = yield from self.scores([ends.forward for ends in every])
        return [
            Edge(*ends, from_microseconds(created))
            for ends, created in zip(every, scores, strict=True)
            if created is not None
        ]

    def scores(self, entries: Sequence[tuple[List, str]]) -> Plan[list[int | None]]:
        """When each member was added to its list; None if it is not there."""
        commands = [self._score(found, object_id) for found, object_id in entries]
        replies = yield from self.router.deliver(commands)
        return [None if score is None else int(score) for score in replies]

    def lists_of(self, refs: Sequence[Ref]) -> Plan[list[List]]:
        """The lists that `refs` may have, in all relations."""
        commands = []
        for ref in refs:
            bucket = bucket_of(ref)
            types = self.keys.shared(bucket, "types")
            commands.append(Command(bucket, ("SMEMBERS", types)))
        replies = yield from self.router.deliver(commands)
        return [
            found
            for ref, kinds in zip(refs, replies, strict=True)
            for kind in kinds
            if (found := List.of_kind(kind, ref))
        ]

    def first_members(self, lists: Sequence[List], limit: int) -> Plan[list[list[str]]]:
        commands = []
        for found in lists:
            command = "ZRANGE", self.keys.list(found), 0, limit - 1
            commands.append(Command(bucket_of(found.ref), command))
        members: list[list[str]] = yield from self.router.deliver(commands)
        return members

    def _lookups(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        batches: Sequence[Sequence[Ref]],
    ) -> list[Command]:
        bucket = bucket_of(ref)
        base = self.keys.base(bucket, relation, ref, direction)
        commands = []
        for batch in batches:
            members = [other.object_id for other in batch]
            command = "ZMSCORE", f"{base}{batch[0].identifier}", *members
            commands.append(Command(bucket, command))
        return commands

    def _score(self, found: List, object_id: str) -> Command:
        bucket = bucket_of(found.ref)
        base = self.keys.base(bucket, *found[:3])
        return Command(bucket, ("ZSCORE", f"{base}{found.identifier}", object_id))


def edges_of(
    relation: str, whose: Neighbours, window: Window, reply: Sequence[Any]
) -> list[Edge]:
    """What the script for pages returns: lists to be merged, and to be cut."""
    skipped, *lists = reply
    places = list(places_of(lists))
    if len(lists) > 2:
        places.sort(reverse=window.newest_first)
    first = window.offset - skipped
    found = []
    for created, identifier, object_id in places[first : first + window.limit]:
        of = List(relation, *whose, identifier)
        found.append(Edge(*of.ends(object_id), from_microseconds(created)))
    return found


def bounds_of(span: Span | None) -> tuple[str, str]:
    """As ZCOUNT has them; both empty for everything."""
    if span is None:
        return "", ""
    since, until = span
    return (
        "-inf" if since is None else str(to_microseconds(since)),
        "+inf" if until is None else f"({to_microseconds(until)}",
    )


def batches_of(refs: Iterable[Ref]) -> list[list[Ref]]:
    """`refs` in batches of one identifier each."""
    by_identifier: dict[str, list[Ref]] = defaultdict(list)
    for ref in refs:
        by_identifier[ref.identifier].append(ref)
    return [
        batch for same in by_identifier.values() for batch in batched(same, BATCH_SIZE)
    ]


def times_of(
    batches: Sequence[Sequence[Ref]], replies: Sequence[Any]
) -> dict[Ref, datetime]:
    """Since when those that are there are, by the scores of each batch."""
    return {
        other: from_microseconds(int(created))
        for batch, scores in zip(batches, replies, strict=True)
        for other, created in zip(batch, scores, strict=True)
        if created is not None
    }


def places_of(lists: Sequence[Any]) -> Iterator[tuple[int, str, str]]:
    """Created, identifier and object id of what the script for pages returns."""
    for identifier, flat in zip(lists[::2], lists[1::2], strict=True):
        for object_id, created in zip(flat[::2], flat[1::2], strict=True):
            yield int(created), identifier, object_id
