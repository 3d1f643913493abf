"""Plans that read, in one round trip per server unless the docstring says otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sequere.backends.derived import states_of
from sequere.backends.redis import scripts
from sequere.backends.redis.batches import in_script
from sequere.backends.redis.keys import (
    Ends,
    Keys,
    List,
    bucket_of,
    in_state,
    type_of,
)
from sequere.backends.redis.protocol import Command, Plan, call
from sequere.backends.redis.routing import Router
from sequere.backends.redis.slots import Found, Slot, microseconds_of, time_of
from sequere.backends.redis.walks import Walk, everything_of
from sequere.batching import batched
from sequere.declaration import BLOCK, MUTE, UNTIL, is_barred
from sequere.times import from_microseconds, to_microseconds
from sequere.types import (
    ACTIVE,
    Direction,
    Edge,
    FollowState,
    Neighbours,
    Ref,
    Span,
    Window,
)

# Small batches keep a command from blocking the server for long.
BATCH_SIZE = 400
# No list is longer than this, and Lua writes larger numbers with an exponent.
LARGEST = 10**12
# One step of a walk reads this many members of a list.
WALK_SIZE = 2000

#: The lists that a state is looked up in, in the order of states_of(). The last four
#: lists belong to relations that a block bars.
LISTS_OF_STATES: list[tuple[str, Direction]] = [
    ("{}", "followings"),
    ("{}", "followers"),
    ("{}~1", "followings"),
    ("{}~1", "followers"),
    (BLOCK, "followings"),
    (BLOCK, "followers"),
    (MUTE, "followings"),
    (f"{MUTE}{UNTIL}", "followings"),
]


class Reads:
    def __init__(self, keys: Keys, router: Router) -> None:
        self.keys = keys
        self.router = router

    def contains(self, relation: str, source: Ref, target: Ref) -> Plan[bool]:
        score = self._score(List(relation, source, "followings", target[0]), target[1])
        [created] = yield from self.router.deliver([score])
        return created is not None

    def lookup(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        others: Sequence[Ref],
        state: int,
    ) -> Plan[dict[Ref, datetime]]:
        batches = batches_of(others)
        name = in_state(relation, state)
        commands = self._lookups(name, ref, direction, batches)
        replies = yield from self.router.deliver(commands)
        return times_of(self.router.alias, batches, replies)

    def states(
        self, relation: str, ref: Ref, others: Sequence[Ref]
    ) -> Plan[dict[Ref, FollowState]]:
        """All lists of `ref` are in its bucket, so one delivery reads them."""
        batches = batches_of(others)
        lists = LISTS_OF_STATES if is_barred(relation) else LISTS_OF_STATES[:4]
        replies = yield from self.router.deliver(
            [
                command
                for name, direction in lists
                for command in self._lookups(
                    name.format(relation), ref, direction, batches
                )
            ]
        )
        size, alias = len(batches), self.router.alias
        times = [
            times_of(alias, batches, replies[place : place + size])
            for place in range(0, len(replies), size)
        ]
        times += [{}] * (len(LISTS_OF_STATES) - len(times))
        return dict(states_of(others, *times))

    def page(
        self,
        relation: str,
        ref: Ref,
        direction: Direction,
        window: Window,
        state: int,
    ) -> Plan[list[Edge]]:
        pages = yield from self.pages(relation, [ref], direction, window, state)
        return pages[ref]

    def pages(
        self,
        relation: str,
        refs: Sequence[Ref],
        direction: Direction,
        window: Window,
        state: int = ACTIVE,
    ) -> Plan[dict[Ref, list[Edge]]]:
        name = in_state(relation, state)
        commands = [self._page(name, ref, direction, window) for ref in refs]
        replies = yield from self.router.deliver(commands)
        found = {}
        for ref, reply in zip(refs, replies, strict=True):
            whose = Neighbours(ref, direction)
            places = places_in(self.router.alias, window, reply)
            found[ref] = [
                whose.edge(
                    relation,
                    Ref(identifier, object_id),
                    from_microseconds(created),
                    state,
                )
                for created, identifier, object_id in places
            ]
        return found

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
                type_of(relation, ref.identifier, direction, ""),
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
        state: int,
    ) -> Plan[dict[Ref, int]]:
        name = in_state(relation, state)
        if len(refs) == 1 and identifiers and len(identifiers) == 1:
            # The lists are known, so no script has to find them.
            [ref], [identifier] = refs, identifiers
            length = self._length(List(name, ref, direction, identifier), span)
            [count] = yield from self.router.deliver([length])
            return {ref: count}
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
                keys.append(self.keys.base(bucket, name, ref, direction))
            lists = type_of(name, identifier, direction, "")
            arguments = [lists, *bounds_of(span), *(identifiers or ())]
            commands.append(call(scripts.COUNT, together, keys, arguments))
        replies = yield from self.router.deliver(commands)
        return {
            ref: count
            for (_, batch), counts in zip(batches, replies, strict=True)
            for (ref, _), count in zip(batch, counts, strict=True)
        }

    def missing(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        """Return the `edges` whose slot is empty."""
        slots = yield from self.slots([Ends(*edge[:3]).forward for edge in edges])
        pairs = zip(edges, slots, strict=True)
        return [edge for edge, slot in pairs if slot and not slot.scores]

    def present(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        """Return the edges that exist, in any state."""
        slots = yield from self.slots([ends.forward for ends in every])
        return [
            Found(ends, score, state, slot.level).edge(self.router.alias)
            for ends, slot in zip(every, slots, strict=True)
            if slot
            for state, score in list(slot.scores.items())[:1]
        ]

    def slots(self, sides: Sequence[tuple[List, str]]) -> Plan[list[Slot | None]]:
        """Return the slot on each side, given as an active list and the member.
        Consecutive pairs on the same server are read at once.
        """
        together = self.router.topology.together
        batches = list(
            in_script(
                (together(bucket_of(found.ref)), (place, found, member))
                for place, (found, member) in enumerate(sides)
            )
        )
        commands = []
        for group, batch in batches:
            keys = [self.keys.list(found) for _, found, _ in batch]
            members = [member for _, _, member in batch]
            commands.append(call(scripts.LOOK, group, keys, [members]))
        replies = yield from self.router.deliver(commands)
        slots: list[Slot | None] = [None] * len(sides)
        for (_, batch), answers in zip(batches, replies, strict=True):
            for (place, _, _), answer in zip(batch, answers, strict=True):
                slots[place] = Slot.read(answer)
        return slots

    def walk(
        self, walks: Sequence[Walk], limit: int | None = None
    ) -> Plan[list[tuple[list[Ends], Walk | None]]]:
        """Return the next edges of each walk, and its continuation. Each step of a walk
        sees all lists of its resource at one moment.
        """
        limit = limit or WALK_SIZE
        commands = []
        for each in walks:
            bucket = bucket_of(each.ref)
            keys = [self.keys.shared(bucket, name) for name in ("types", "absent")]
            commands.append(call(scripts.WALK, bucket, keys, each.arguments(limit)))
        replies = yield from self.router.deliver(commands)
        return [
            each.step(reply, limit) for each, reply in zip(walks, replies, strict=True)
        ]

    def walked(self, walks: Sequence[Walk]) -> Plan[list[Ends]]:
        """Return all edges that `walks` meet."""
        every: dict[Ends, None] = {}
        while walks:
            found = yield from self.walk(walks)
            every |= dict.fromkeys(ends for some, _ in found for ends in some)
            walks = [rest for _, rest in found if rest]
        return list(every)

    def edges_at(self, refs: Sequence[Ref]) -> Plan[list[Edge]]:
        """Return every edge of `refs`, in all relations and states."""
        walks = [walk for ref in refs for walk in everything_of(ref)]
        every = yield from self.walked(walks)
        return (yield from self.present(every))

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
        return self._of_list("ZSCORE", found, object_id)

    def _length(self, found: List, span: Span | None) -> Command:
        if span is None:
            return self._of_list("ZCARD", found)
        return self._of_list("ZCOUNT", found, *bounds_of(span))

    def _of_list(self, name: str, found: List, *arguments: str) -> Command:
        bucket = bucket_of(found.ref)
        base = self.keys.base(bucket, *found[:3])
        return Command(bucket, (name, f"{base}{found.identifier}", *arguments))


def places_in(
    alias: str, window: Window, reply: Sequence[Any]
) -> list[tuple[int, str, str]]:
    """Merge and cut the lists that page.lua returns."""
    skipped, *lists = reply
    places = list(places_of(alias, lists))
    if len(lists) > 2:
        places.sort(reverse=window.newest_first)
    first = window.offset - skipped
    return places[first : first + window.limit]


def bounds_of(span: Span | None) -> tuple[str, str]:
    """Return the bounds as ZCOUNT takes them; both are empty for all edges."""
    if span is None:
        return "", ""
    since, until = span
    return (
        "-inf" if since is None else str(to_microseconds(since)),
        "+inf" if until is None else f"({to_microseconds(until)}",
    )


def batches_of(refs: Iterable[Ref]) -> list[list[Ref]]:
    """Return `refs` in batches of one identifier each."""
    by_identifier: dict[str, list[Ref]] = defaultdict(list)
    for ref in refs:
        by_identifier[ref.identifier].append(ref)
    return [
        batch for same in by_identifier.values() for batch in batched(same, BATCH_SIZE)
    ]


def times_of(
    alias: str, batches: Sequence[Sequence[Ref]], replies: Sequence[Any]
) -> dict[Ref, datetime]:
    """Return the time of each ref that was found, by the scores of each batch."""
    return {
        other: time_of(alias, created)
        for batch, scores in zip(batches, replies, strict=True)
        for other, created in zip(batch, scores, strict=True)
        if created is not None
    }


def places_of(alias: str, lists: Sequence[Any]) -> Iterator[tuple[int, str, str]]:
    """Yield created, identifier and object id from the reply of page.lua."""
    for identifier, flat in zip(lists[::2], lists[1::2], strict=True):
        for object_id, created in zip(flat[::2], flat[1::2], strict=True):
            yield microseconds_of(alias, created), identifier, object_id
