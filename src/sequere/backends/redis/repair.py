"""Both sides of all edges are compared and mended while other writers go on.

The forward side is the truth. An edge whose sides differ is read again, for a write may
be on its way. The repair writes the truth again, which is safe at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sequere.backends.redis.addresses import Address
from sequere.backends.redis.checks import evictions
from sequere.backends.redis.keys import Ends, Levels, List, bucket_of
from sequere.backends.redis.protocol import Command, Exchange, Parcel, Plan
from sequere.backends.redis.scans import BEGINNING, Place, keys_at
from sequere.backends.redis.slots import Slot, as_text
from sequere.backends.redis.writes import PAUSES, Sides, Writes
from sequere.declaration import BLOCK, barred_relations
from sequere.exceptions import InvalidCursor
from sequere.types import Direction, Problem, Progress

# A step looks at this many keys, and a round trip reads this many members of a list.
SCAN_SIZE = 500

SHARED_TYPES = {
    "types": "set",
    "intents": "hash",
    "clock": "string",
    "fences": "zset",
    "newest": "string",
}


def clean_place(resume: str | None) -> Place | None:
    if resume is None:
        return BEGINNING
    if not (place := Place.parse(resume)):
        raise InvalidCursor(f"{resume!r} is not the `resume` of an earlier step.")
    return place


class Sweep:
    def __init__(self, writes: Writes, *, mend: bool) -> None:
        self.keys = writes.keys
        self.router = writes.router
        self.reads = writes.reads
        self.writes = writes
        self.mend = mend
        # Lists or levels that are still to be read, each from a cursor on; and the
        # place where the steps go on after these lists.
        self.unread: list[tuple[List | Levels, int]] = []
        self.after: Place | None = None

    def step(self, place: Place) -> Plan[tuple[Progress, Place | None]]:
        """Look at some keys of one server, or at more of the long lists among them. A
        few round trips, of up to 500 edges for each key.
        """
        problems: list[Problem] = []
        if place == BEGINNING:
            problems += yield from evictions(self.router)
        if not self.unread:
            found = yield from keys_at(self.router, self.keys.pattern, place, SCAN_SIZE)
            place, self.after = found.here, found.after
            problems += yield from self._look_at(found.address, found.keys)
        entries, every, self.unread = yield from self._members(self.unread)
        problems += yield from self._differing(entries)
        problems += yield from self._left_over(every)
        problems += yield from self._barred(entries)
        after = place if self.unread else self.after
        return Progress(len(entries), problems, str(after) if after else None), after

    def _look_at(self, address: Address, keys: Sequence[str]) -> Plan[list[Problem]]:
        strange = yield from self._strange(address, keys)
        found = [self.keys.parse(key) for key in keys if key not in strange]
        lists = [each for _, each in found if isinstance(each, List)]
        levels = [each for _, each in found if isinstance(each, Levels)]
        self.unread = [*((each, 0) for each in lists), *((each, 0) for each in levels)]
        problems = [
            Problem(key, STRANGE.format(value), by_hand=True)
            for key, value in strange.items()
            if key in keys
        ]
        problems += yield from self._unlisted(
            [each for each in lists if self._types(each) not in strange]
        )
        problems += yield from self._unfinished(
            [bucket for bucket, each in found if each == "intents"]
        )
        return problems

    def _strange(self, address: Address, keys: Sequence[str]) -> Plan[dict[str, str]]:
        """Return keys, or types of their buckets, that hold another type of value."""
        parsed = {key: self.keys.parse(key) for key in keys}
        for bucket, _ in list(parsed.values()):
            parsed[self.keys.shared(bucket, "types")] = bucket, "types"
        commands = [("TYPE", key) for key in parsed]
        # For a key that has moved to another server the reply is an error.
        [replies] = yield Exchange([Parcel(address, commands)])
        return {
            key: reply
            for (key, (_, each)), reply in zip(parsed.items(), replies, strict=True)
            if isinstance(reply, str) and reply not in ("none", type_at(each) or reply)
        }

    def _unlisted(self, lists: Sequence[List]) -> Plan[list[Problem]]:
        """Report lists whose type is missing from their bucket: counts omit them."""
        commands = []
        for each in lists:
            are_members = "SMISMEMBER", self._types(each), *each.remembered
            commands.append(Command(bucket_of(each.ref), are_members))
        known = yield from self.router.deliver(commands)
        unknown = [
            each for each, are_known in zip(lists, known, strict=True) if 0 in are_known
        ]
        if self.mend:
            commands = [
                Command(
                    bucket_of(each.ref), ("SADD", self._types(each), *each.remembered)
                )
                for each in unknown
            ]
            yield from self.router.deliver(commands, write=True)
        return [Problem(self.keys.list(each), UNLISTED) for each in unknown]

    def _unfinished(self, buckets: Sequence[str]) -> Plan[list[Problem]]:
        """Report writes to a cluster that died on their way."""
        intents = yield from self._intents(buckets)
        for pause in PAUSES:
            if not intents:
                return []
            yield Exchange([], pause)
            intents &= yield from self._intents(buckets)
        every = [Ends.named(name) for name, _ in intents]
        yield from self._mend(every)
        return [Problem(str(ends), UNFINISHED) for ends in every]

    def _intents(self, buckets: Sequence[str]) -> Plan[set[tuple[str, str]]]:
        """Return the names and versions of intents."""
        commands = [
            Command(bucket, ("HGETALL", self.keys.shared(bucket, "intents")))
            for bucket in buckets
        ]
        replies = yield from self.router.deliver(commands)
        return {intent for reply in replies for intent in reply.items()}

    def _members(
        self, unread: Sequence[tuple[List | Levels, int]]
    ) -> Plan[tuple[list[Entry], list[Ends], list[tuple[List | Levels, int]]]]:
        """Return the next members of lists, the next edges with levels, and the lists
        and levels that have more, with their cursors.
        """
        commands = []
        for each, cursor in unread:
            command = "ZSCAN" if isinstance(each, List) else "HSCAN"
            scan = command, self._key(each), cursor, "COUNT", SCAN_SIZE
            commands.append(Command(self._bucket(each), scan))
        replies = yield from self.router.deliver(commands)
        entries: list[Entry] = []
        every: list[Ends] = []
        for (each, _), (_, members) in zip(unread, replies, strict=True):
            if isinstance(each, List):
                entries += entries_of(each, members)
            else:
                every += map(each.list.ends, members)
        rest = [
            (each, int(cursor))
            for (each, _), (cursor, _) in zip(unread, replies, strict=True)
            if int(cursor)
        ]
        return entries, every, rest

    def _differing(self, entries: Sequence[Entry]) -> Plan[list[Problem]]:
        others = yield from self.reads.slots([entry.opposite for entry in entries])
        doubtful = dict.fromkeys(
            entry.ends
            for entry, slot in zip(entries, others, strict=True)
            if slot and (slot.scores != entry.scores or slot.is_damaged)
        )
        wrong = yield from self._wrong(list(doubtful))
        return [Problem(str(ends), difference(*sides)) for ends, sides in wrong.items()]

    def _left_over(self, every: Sequence[Ends]) -> Plan[list[Problem]]:
        """Report levels whose edges do not exist."""
        slots = yield from self.reads.slots([ends.forward for ends in every])
        empty = [
            ends
            for ends, slot in zip(every, slots, strict=True)
            if slot and slot.level and not slot.scores
        ]
        yield from self._mend(empty)
        return [Problem(str(ends), LEFT_OVER) for ends in empty]

    def _barred(self, entries: Sequence[Entry]) -> Plan[list[Problem]]:
        """Report edges beside a block of their ends: the block stays."""
        blocks = [
            entry.ends
            for entry in entries
            if entry.ends.relation == BLOCK and entry.direction == "followings"
        ]
        every = [ends for block in blocks for ends in barred_by(block)]
        found = (yield from self._present(every)) if every else set()
        for pause in PAUSES:
            if not found:
                return []
            # The block may be on its way, and about to cut these edges.
            yield Exchange([], pause)
            there = yield from self._present([*blocks, *found])
            kept = {ends for block in there & {*blocks} for ends in barred_by(block)}
            found = found & there & kept
        if self.mend:
            yield from self.writes.remove(list(found))
        return [Problem(str(ends), BARRED) for ends in sorted(found)]

    def _present(self, every: Sequence[Ends]) -> Plan[set[Ends]]:
        slots = yield from self.reads.slots([ends.forward for ends in every])
        pairs = zip(every, slots, strict=True)
        return {ends for ends, slot in pairs if slot and slot.scores}

    def _wrong(self, every: Sequence[Ends]) -> Plan[dict[Ends, tuple[Slot, Slot]]]:
        """Return the edges that are wrong and that no write is changing."""
        found: dict[Ends, tuple[Slot, Slot]] = {}
        if not every:
            return found
        both = yield from self.writes.sides(every)
        for ends, sides in zip(every, both, strict=True):
            if sides and (slots := readable(sides)) and are_wrong(*slots):
                found[ends] = slots
        yield from self._mend(list(found))
        return found

    def _mend(self, every: Sequence[Ends]) -> Plan[None]:
        """Skip edges whose keys hold another type than a list."""
        if not self.mend or not every:
            return
        forward = yield from self.reads.slots([ends.forward for ends in every])
        reverse = yield from self.reads.slots([ends.reverse for ends in every])
        each = zip(every, forward, reverse, strict=True)
        yield from self.writes.settle([ends for ends, a, b in each if a and b])

    def _types(self, found: List) -> str:
        return self.keys.shared(bucket_of(found.ref), "types")

    def _key(self, each: List | Levels) -> str:
        return self.keys.shared(self._bucket(each), each.name)

    def _bucket(self, each: List | Levels) -> str:
        return bucket_of(each.ref if isinstance(each, List) else each.list.ref)


class Entry(NamedTuple):
    """One side of an edge."""

    ends: Ends
    direction: Direction
    scores: dict[int, str]

    @property
    def opposite(self) -> tuple[List, str]:
        return (
            self.ends.reverse if self.direction == "followings" else self.ends.forward
        )


def barred_by(block: Ends) -> list[Ends]:
    """Return the slots that a block keeps empty."""
    _, source, target = block
    return [
        Ends(relation, *pair)
        for relation in barred_relations()
        for pair in ((source, target), (target, source))
    ]


def entries_of(found: List, members: Sequence[tuple[str, float]]) -> Iterator[Entry]:
    for object_id, score in members:
        scores = {found.state: as_text(score)}
        yield Entry(found.ends(object_id), found.direction, scores)


def type_at(each: List | Levels | str) -> str | None:
    """Return the type of value that belongs at a key, or None for a foreign key."""
    match each:
        case List():
            return "zset"
        case Levels():
            return "hash"
        case _:
            return SHARED_TYPES.get(each)


STRANGE = "the key holds a {}; rename or delete it, and repair again"
UNLISTED = "missing in the types of its bucket, so counts of all types omit it"
UNFINISHED = "a write to a cluster was not finished"
BARRED = "the edge exists although one of its ends blocks the other"
LEFT_OVER = "has a level, but the edge does not exist"


def readable(sides: Sides) -> tuple[Slot, Slot] | None:
    forward, reverse = sides
    return (forward, reverse) if forward and reverse else None


def are_wrong(forward: Slot, reverse: Slot) -> bool:
    return forward.scores != reverse.scores or forward.is_damaged


def difference(forward: Slot, reverse: Slot) -> str:
    if not forward.scores:
        return "in the list of followers only"
    if not reverse.scores:
        return "in the list of followings only"
    if len(forward.scores) > 1 or len(reverse.scores) > 1:
        return "in two states at once"
    if forward.scores.keys() != reverse.scores.keys():
        return "the two sides have different states"
    if forward.is_damaged:
        return "its time is not in whole microseconds"
    return "the two sides have different times"
