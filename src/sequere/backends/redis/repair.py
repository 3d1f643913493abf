"""Both sides of all edges, compared and mended while others go on writing.

The forward side is the truth. What differs is looked at twice, for a write may be on
its way; and it is mended by writing the truth again, which is safe at any time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from sequere.backends.redis.addresses import public
from sequere.backends.redis.keys import Ends, List, bucket_of
from sequere.backends.redis.protocol import Command, Exchange, Parcel, Plan
from sequere.backends.redis.writes import Writes
from sequere.exceptions import InvalidCursor
from sequere.types import Direction, Problem, Progress

# Keys that a step looks at, and members of a list in a round trip.
SCAN_SIZE = 500
# Longer than a write is usually on its way, in seconds.
PAUSE = 0.05

PLACE = re.compile(r"(\d{1,6})-(\d{1,20})-([0-9a-f]{8})")


class Place(NamedTuple):
    """How far the keys of how many servers have been looked at, and of which."""

    server: int
    cursor: int
    # Empty for any servers.
    servers: str

    def __str__(self) -> str:
        return f"{self.server}-{self.cursor}-{self.servers}"


def clean_place(resume: str | None) -> Place | None:
    if resume is None:
        return Place(0, 0, "")
    if not (match := PLACE.fullmatch(resume)):
        raise InvalidCursor(f"{resume!r} is not the `resume` of an earlier step.")
    server, cursor, servers = match.groups()
    return Place(int(server), int(cursor), servers)


def mark_of(servers: Sequence[str], run_id: str) -> str:
    """Other servers have another one, and so has a server that was restarted: it would
    make nothing of the cursor.
    """
    return f"{crc32(' '.join([*map(public, servers), run_id]).encode()):08x}"


class Sweep:
    def __init__(self, writes: Writes, *, mend: bool) -> None:
        self.keys = writes.keys
        self.router = writes.router
        self.reads = writes.reads
        self.writes = writes
        self.mend = mend
        # Lists, and the place in them from which on they are to be looked at; and where
        # to go on when they have been.
        self.unread: list[tuple[List, int]] = []
        self.after: Place | None = None

    def step(self, place: Place) -> Plan[tuple[Progress, Place | None]]:
        """Some keys of one server, or more of the long lists among them. Round trips:
        a few, of up to 500 edges for each key.
        """
        problems: list[Problem] = []
        if not self.unread:
            keys, place, self.after = yield from self._scan(place)
            problems += yield from self._look_at(keys)
        entries, self.unread = yield from self._members(self.unread)
        problems += yield from self._differing(entries)
        after = place if self.unread else self.after
        return Progress(len(entries), problems, str(after) if after else None), after

    def _scan(self, place: Place) -> Plan[tuple[list[str], Place, Place | None]]:
        """Keys, their place, and the place behind them."""
        servers = yield from self.router.servers()
        if place.server >= len(servers):
            raise InvalidCursor("There are fewer servers than before. Begin again.")
        address = servers[place.server]
        scan = "SCAN", place.cursor, "MATCH", self.keys.pattern, "COUNT", SCAN_SIZE
        [[info]] = yield Exchange([Parcel(address, [("INFO", "server")])])
        [[(cursor, keys)]] = yield from self.router.ask([Parcel(address, [scan])])
        # INFO is not allowed to everyone.
        run_id = "" if isinstance(info, Exception) else info["run_id"]
        same, any_run = mark_of(servers, run_id), mark_of(servers, "")
        here = place._replace(servers=same if place.cursor else any_run)
        if place.servers not in ("", here.servers):
            raise InvalidCursor("The servers are not those of before. Begin again.")
        if int(cursor):
            return keys, here, Place(place.server, int(cursor), same)
        if place.server + 1 < len(servers):
            return keys, here, Place(place.server + 1, 0, any_run)
        return keys, here, None

    def _look_at(self, keys: Sequence[str]) -> Plan[list[Problem]]:
        found = [self.keys.parse(key) for key in keys]
        lists = [each for _, each in found if isinstance(each, List)]
        self.unread = [(each, 0) for each in lists]
        problems = yield from self._unlisted(lists)
        problems += yield from self._unfinished(
            [bucket for bucket, each in found if each == "intents"]
        )
        return problems

    def _unlisted(self, lists: Sequence[List]) -> Plan[list[Problem]]:
        """Lists of a kind that their bucket does not remember: nobody counts them."""
        commands = []
        for each in lists:
            bucket = bucket_of(each.ref)
            is_member = "SISMEMBER", self._types(each), each.kind
            commands.append(Command(bucket, is_member))
        known = yield from self.router.deliver(commands)
        unknown = [
            each for each, is_known in zip(lists, known, strict=True) if not is_known
        ]
        if self.mend:
            commands = [
                Command(bucket_of(each.ref), ("SADD", self._types(each), each.kind))
                for each in unknown
            ]
            yield from self.router.deliver(commands, write=True)
        return [Problem(self.keys.list(each), UNLISTED) for each in unknown]

    def _unfinished(self, buckets: Sequence[str]) -> Plan[list[Problem]]:
        """Writes to a cluster that died on their way."""
        intents = yield from self._intents(buckets)
        if intents:
            yield Exchange([], PAUSE)
            later = yield from self._intents(buckets)
            intents = {each for each in intents if each in later}
        every = [Ends.named(name) for name, _ in intents]
        if self.mend:
            yield from self.writes.settle(every)
        return [Problem(str(ends), UNFINISHED) for ends in every]

    def _intents(self, buckets: Sequence[str]) -> Plan[set[tuple[str, str]]]:
        """Names and versions."""
        commands = [
            Command(bucket, ("HGETALL", self.keys.shared(bucket, "intents")))
            for bucket in buckets
        ]
        replies = yield from self.router.deliver(commands)
        return {intent for reply in replies for intent in reply.items()}

    def _members(
        self, unread: Sequence[tuple[List, int]]
    ) -> Plan[tuple[list[Entry], list[tuple[List, int]]]]:
        """The next members of lists, and the lists that have more, and from where."""
        commands = []
        for each, cursor in unread:
            scan = "ZSCAN", self.keys.list(each), cursor, "COUNT", SCAN_SIZE
            commands.append(Command(bucket_of(each.ref), scan))
        replies = yield from self.router.deliver(commands)
        entries = []
        rest = []
        for (each, _), (cursor, members) in zip(unread, replies, strict=True):
            for object_id, created in members:
                ends = each.ends(object_id)
                entries.append(Entry(ends, each.direction, int(created)))
            if int(cursor):
                rest.append((each, int(cursor)))
        return entries, rest

    def _differing(self, entries: Sequence[Entry]) -> Plan[list[Problem]]:
        others = yield from self.reads.scores([entry.opposite for entry in entries])
        doubtful = {
            entry.ends: entry.sides(created)
            for entry, created in zip(entries, others, strict=True)
            if entry.created != created
        }
        if not doubtful:
            return []
        yield Exchange([], PAUSE)
        forward = yield from self.reads.scores([each.forward for each in doubtful])
        reverse = yield from self.reads.scores([each.reverse for each in doubtful])
        wrong = [
            (ends, a, b)
            for ends, a, b in zip(doubtful, forward, reverse, strict=True)
            # What has changed meanwhile is being written, both sides of it.
            if a != b and (a, b) == doubtful[ends]
        ]
        if self.mend:
            yield from self.writes.settle([ends for ends, _, _ in wrong])
        return [Problem(str(ends), difference(a, b)) for ends, a, b in wrong]

    def _types(self, found: List) -> str:
        return self.keys.shared(bucket_of(found.ref), "types")


class Entry(NamedTuple):
    """One side of an edge."""

    ends: Ends
    direction: Direction
    created: int

    @property
    def opposite(self) -> tuple[List, str]:
        return (
            self.ends.reverse if self.direction == "followings" else self.ends.forward
        )

    def sides(self, opposite: int | None) -> tuple[int | None, int | None]:
        """When it was created, by its forward and by its reverse side."""
        if self.direction == "followings":
            return self.created, opposite
        return opposite, self.created


UNLISTED = "not among the types of its bucket, and so in no count of all types"
UNFINISHED = "a write to a cluster was not finished"


def difference(forward: int | None, reverse: int | None) -> str:
    if forward is None:
        return "among the followers only"
    if reverse is None:
        return "among the followings only"
    return "the two sides have different times"
