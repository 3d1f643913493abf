"""Scan the keys of all servers, one server after the other, and the edges in them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeGuard
from zlib import crc32

from sequere.backends.redis.addresses import Address, public
from sequere.backends.redis.keys import Levels, List, bucket_of, parse
from sequere.backends.redis.protocol import Command, Exchange, Parcel, Plan
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.routing import Router
from sequere.backends.redis.slots import Found, as_text
from sequere.backends.redis.topology import Cluster
from sequere.exceptions import BackendUnavailable, InvalidCursor
from sequere.types import Edge

# A step of scan() reads this many lists at the same time.
SCAN_LISTS = 20

PLACE = re.compile(r"(\d{1,6})-(\d{1,20})-([0-9a-f]{8})", re.ASCII)
# A cursor of the server is less than this number.
CURSORS = 2**64


class Place(NamedTuple):
    """The progress of a scan: the current server, and the place among its keys."""

    server: int
    cursor: int
    # An empty text matches any servers.
    servers: str

    def __str__(self) -> str:
        return f"{self.server}-{self.cursor}-{self.servers}"

    @classmethod
    def parse(cls, text: str) -> Place | None:
        if not (match := PLACE.fullmatch(text)) or int(match[2]) >= CURSORS:
            return None
        return cls(int(match[1]), int(match[2]), match[3])


BEGINNING = Place(0, 0, "")


class Keyset(NamedTuple):
    """Keys of one server, their place, and the place behind them."""

    address: Address
    keys: list[str]
    here: Place
    after: Place | None


def keys_at(router: Router, pattern: str, place: Place, count: int) -> Plan[Keyset]:
    """Return about `count` keys from `place` on. Raise InvalidCursor if the place
    belongs to other servers, and BackendUnavailable if a replica took over.

    A server that became a replica would still answer, with old keys or none. So the
    servers are asked for again at the beginning, and each server for its role.
    """
    is_beginning = not (place.server or place.cursor)
    servers = yield from router.servers(afresh=is_beginning)
    if place.server >= len(servers):
        raise InvalidCursor("There are fewer servers than before. Begin a new scan.")
    address = servers[place.server]
    scan = "SCAN", place.cursor, "MATCH", pattern, "COUNT", count
    asked = "INFO", "server", "replication"
    [[info]] = yield Exchange([Parcel(address, [asked])])
    # Some accounts may not run INFO.
    info = {} if isinstance(info, Exception) else info
    if isinstance(router.topology, Cluster) and info.get("role", "master") != "master":
        router.topology.doubt()
        raise BackendUnavailable(
            f"Backend {router.alias!r}: {public(address)} has become a replica. Begin "
            "a new scan."
        )
    run_id = info.get("run_id", "")
    same, any_run = mark_of(servers, run_id), mark_of(servers, "")
    here = place._replace(servers=same if place.cursor else any_run)
    if place.servers not in ("", here.servers):
        raise InvalidCursor("The servers are not the same as before. Begin a new scan.")
    [[(cursor, keys)]] = yield from router.ask([Parcel(address, [scan])])
    if int(cursor):
        return Keyset(address, keys, here, Place(place.server, int(cursor), same))
    if place.server + 1 < len(servers):
        return Keyset(address, keys, here, Place(place.server + 1, 0, any_run))
    return Keyset(address, keys, here, None)


def mark_of(servers: Sequence[str], run_id: str) -> str:
    """Return a mark that differs for other servers, and for a restarted server, which
    could not use the cursor.
    """
    return f"{crc32(' '.join([*map(public, servers), run_id]).encode()):08x}"


class Unread(NamedTuple):
    """The place where a scan goes on: in these lists, each from a cursor on, and then
    with the keys behind a place.
    """

    lists: list[tuple[List, int]]
    after: Place | None

    @property
    def text(self) -> str | None:
        if not self.lists and self.after is None:
            return None
        after = str(self.after) if self.after else None
        return json.dumps([after, *((each.name, at) for each, at in self.lists)])

    @classmethod
    def parse(cls, text: str) -> Unread:
        """Raise InvalidCursor unless a scan returned `text`."""
        try:
            after, *lists = json.loads(text)
            found = [(parse(name), int(cursor)) for name, cursor in lists]
            rest = [(each, at) for each, at in found if is_forward(each)]
            unread = cls(rest, after and Place.parse(after))
            if unread.text == text and all(0 <= at < CURSORS for _, at in rest):
                return unread
        except (TypeError, ValueError, AttributeError, RecursionError):
            pass
        raise InvalidCursor(
            f"{text!r} is not a place in a scan. Use the place of an earlier answer, "
            "or None to begin."
        )


def is_forward(name: List | Levels | str) -> TypeGuard[List]:
    return isinstance(name, List) and name.direction == "followings"


def scan(
    reads: Reads, after: str | None, limit: int
) -> Plan[tuple[list[Edge], str | None]]:
    """Return about `limit` edges, by their forward sides, and the rest of the scan.

    A server that makes its table of keys smaller shows some keys again. A list is read
    once in an answer.
    """
    unread = Unread([], BEGINNING) if after is None else Unread.parse(after)
    lists, place = unread
    met = {each for each, _ in lists}
    found: list[Found] = []
    while len(found) < limit and (lists or place):
        if not lists and place:
            keyset = yield from keys_at(
                reads.router, reads.keys.pattern, place, max(SCAN_LISTS, limit // 10)
            )
            names = dict.fromkeys(reads.keys.parse(key)[1] for key in keyset.keys)
            new = [each for each in names if is_forward(each) and each not in met]
            met.update(new)
            lists = [(each, 0) for each in new]
            place = keyset.after
        now, lists = lists[:SCAN_LISTS], lists[SCAN_LISTS:]
        members, rest = yield from edges_in(reads, now, limit)
        found += members
        lists = rest + lists
    edges = [each.edge(reads.router.alias) for each in found]
    return edges, Unread(lists, place).text


def edges_in(
    reads: Reads, lists: Sequence[tuple[List, int]], limit: int
) -> Plan[tuple[list[Found], list[tuple[List, int]]]]:
    """Return the next members of lists, and the lists that have more, with cursors."""
    commands = []
    for each, cursor in lists:
        bucket = bucket_of(each.ref)
        count = max(10, limit // len(lists))
        zscan = "ZSCAN", reads.keys.list(each), cursor, "COUNT", count
        commands.append(Command(bucket, zscan))
        commands.append(Command(bucket, ("EXISTS", reads.keys.levels(each))))
    replies = yield from reads.router.deliver(commands)
    found = []
    rest = []
    parts = zip(lists, replies[::2], replies[1::2], strict=True)
    for (each, _), (cursor, members), has_levels in parts:
        levels: dict[str, str] = {}
        if has_levels and members:
            ids = [object_id for object_id, _ in members]
            hmget = "HMGET", reads.keys.levels(each), *ids
            [reply] = yield from reads.router.deliver(
                [Command(bucket_of(each.ref), hmget)]
            )
            levels = dict(zip(ids, reply, strict=True))
        for object_id, score in members:
            level = levels.get(object_id) or 0
            found.append(Found(each.ends(object_id), as_text(score), each.state, level))
        if int(cursor):
            rest.append((each, int(cursor)))
    return found, rest
