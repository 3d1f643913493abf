"""What is written: on one server, where a script changes both sides of an edge at once;
and in a cluster, where they are in two places.

In a cluster a write takes three steps. The forward side is the truth. Its script leaves
an intent in the same slot, with a version. Then the reverse side is written, unless a
newer version already was. Then the intent is removed. Whatever dies in between leaves
the intent, by which repair() finds the edge and does the rest.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from sequere.backends.redis import scripts
from sequere.backends.redis.keys import Ends, Keys, bucket_of, kind_of
from sequere.backends.redis.protocol import Command, Parcel, Plan, call
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.routing import Router
from sequere.backends.redis.scripts import Script
from sequere.batching import batched
from sequere.times import from_microseconds, to_microseconds
from sequere.types import Edge, Ref

T = TypeVar("T")

# Edges in a script: a few milliseconds, in which the server serves nobody else.
SCRIPT_SIZE = 200
# Edges between two round trips.
ROUND_SIZE = 50_000
# Lists that forget() empties at the same time.
FORGET_LISTS = 20

# Keys of the server that a step of clear() looks at.
SCAN_SIZE = 1000

# In a cluster, for how long a reverse write may be late and still be done by itself.
FENCE_MICROSECONDS = 10_000_000

# What scripts are told of edges is one argument: the driver takes longer for each
# argument than all of this does for an edge.
encode = json.JSONEncoder(ensure_ascii=False).encode


class Writes(ABC):
    def __init__(self, keys: Keys, router: Router) -> None:
        self.keys = keys
        self.router = router
        self.reads = Reads(keys, router)

    def add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        new: list[Edge] = []
        for batch in batched(edges, ROUND_SIZE):
            new += yield from self._add(batch)
        return new

    def remove(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        gone: list[Edge] = []
        for batch in batched(every, ROUND_SIZE):
            gone += yield from self._remove(batch)
        return gone

    def settle(self, every: Sequence[Ends]) -> Plan[None]:
        """Make the reverse side of edges say what the forward side says."""
        for batch in batched(every, ROUND_SIZE):
            yield from self._settle(batch)

    def forget(self, refs: Sequence[Ref]) -> Plan[None]:
        """Round trips for each 50,000 edges; the server is never busy for long."""
        for batch in batched(refs, ROUND_SIZE):
            lists = yield from self.reads.lists_of(batch)
            while lists:
                now, lists = lists[:FORGET_LISTS], lists[FORGET_LISTS:]
                found = yield from self.reads.first_members(now, SCRIPT_SIZE)
                every = dict.fromkeys(
                    each.ends(object_id)
                    for each, object_ids in zip(now, found, strict=True)
                    for object_id in object_ids
                )
                gone = yield from self.remove(list(every))
                # What has a reverse side alone is not there to be removed.
                there = {Ends(*edge[:3]) for edge in gone}
                yield from self.settle([ends for ends in every if ends not in there])
                lists += [
                    each
                    for each, object_ids in zip(now, found, strict=True)
                    if len(object_ids) == SCRIPT_SIZE
                ]

    def clear(self) -> Plan[None]:
        """Round trips for each 1,000 keys that the servers have."""
        scan = "MATCH", self.keys.pattern, "COUNT", SCAN_SIZE
        cursors = dict.fromkeys((yield from self.router.servers()), 0)
        while cursors:
            replies = yield from self.router.ask(
                [
                    Parcel(address, [("SCAN", cursor, *scan)])
                    for address, cursor in cursors.items()
                ]
            )
            found = list(zip(cursors, [reply for [reply] in replies], strict=True))
            yield from self.router.ask(
                [
                    Parcel(address, [("UNLINK", key) for key in keys])
                    for address, (_, keys) in found
                    if keys
                ]
            )
            cursors = {address: cursor for address, (cursor, _) in found if cursor}

    @abstractmethod
    def _add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]: ...

    @abstractmethod
    def _remove(self, every: Sequence[Ends]) -> Plan[list[Edge]]: ...

    @abstractmethod
    def _settle(self, every: Sequence[Ends]) -> Plan[None]: ...

    def _forward(self, ends: Ends) -> str:
        relation, source, target = ends
        base = self.keys.base(bucket_of(source), relation, source, "followings")
        return f"{base}{target[0]}"

    def _reverse(self, ends: Ends) -> str:
        relation, source, target = ends
        base = self.keys.base(bucket_of(target), relation, target, "followers")
        return f"{base}{source[0]}"


class ServerWrites(Writes):
    def _add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        batches = list(by_kind((Ends(*edge[:3]), edge) for edge in edges))
        commands = []
        for kind, batch in batches:
            texts: list[str] = []
            for ends, edge in batch:
                texts += (stamp(edge), ends.target[1], ends.source[1])
            arguments = [*kinds(kind), encode(texts)]
            commands.append(self._call(scripts.ADD, batch, arguments))
        replies = yield from self.router.deliver(commands, write=True)
        return [
            edge
            for (_, batch), new in zip(batches, replies, strict=True)
            for (_, edge), is_new in zip(batch, new, strict=True)
            if is_new
        ]

    def _remove(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        batches = [
            [(ends, ends) for ends in some] for some in batched(every, SCRIPT_SIZE)
        ]
        commands = []
        for batch in batches:
            commands.append(self._call(scripts.REMOVE, batch, [members(batch)]))
        replies = yield from self.router.deliver(commands, write=True)
        return [
            Edge(*ends, from_microseconds(int(created)))
            for batch, gone in zip(batches, replies, strict=True)
            for (ends, _), created in zip(batch, gone, strict=True)
            if created is not None
        ]

    def _settle(self, every: Sequence[Ends]) -> Plan[None]:
        commands = []
        for kind, batch in by_kind((ends, ends) for ends in every):
            arguments = [*kinds(kind), members(batch)]
            commands.append(self._call(scripts.SETTLE, batch, arguments))
        yield from self.router.deliver(commands, write=True)

    def _call(
        self, script: Script, batch: Iterable[tuple[Ends, T]], arguments: list[Any]
    ) -> Command:
        keys: list[str] = []
        for ends, _ in batch:
            keys += (self._forward(ends), self._reverse(ends))
        return call(script, "", keys, arguments)


class Stamped(NamedTuple):
    """An edge whose forward side is written, and what the reverse side has to say."""

    ends: Ends
    version: str
    created: str


class ClusterWrites(Writes):
    def _add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        def arguments(kind: Kind, batch: Batch[Edge]) -> list[Any]:
            texts: list[str] = []
            for ends, edge in batch:
                texts += (stamp(edge), ends.target[1])
            return [kinds(kind)[0], encode(texts)]

        items = [(Ends(*edge[:3]), edge) for edge in edges]
        replies = yield from self._on_forward(scripts.FORWARD_ADD, items, arguments)
        new: list[Edge] = []
        undone: list[Stamped] = []
        for edge, reply in replies:
            ends = Ends(*edge[:3])
            if isinstance(reply, str):
                new.append(edge)
                undone.append(Stamped(ends, reply, stamp(edge)))
            elif reply is not None:
                undone.append(Stamped(ends, *reply))
        yield from self._mirror(undone)
        return new

    def _remove(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        def arguments(kind: Kind, batch: Batch[Ends]) -> list[Any]:
            return [encode([ends.target[1] for ends, _ in batch])]

        items = [(ends, ends) for ends in every]
        replies = yield from self._on_forward(scripts.FORWARD_REMOVE, items, arguments)
        gone: list[Edge] = []
        undone: list[Stamped] = []
        for ends, reply in replies:
            if reply is not None:
                version, created = reply
                undone.append(Stamped(ends, version, ""))
                if created is not None:
                    gone.append(Edge(*ends, from_microseconds(int(created))))
        yield from self._mirror(undone)
        return gone

    def _settle(self, every: Sequence[Ends], above: int = 0) -> Plan[None]:
        def arguments(kind: Kind, batch: Batch[Ends]) -> list[Any]:
            targets = encode([ends.target[1] for ends, _ in batch])
            return [kinds(kind)[0], above, targets]

        items = [(ends, ends) for ends in every]
        replies = yield from self._on_forward(scripts.FORWARD_STAMP, items, arguments)
        yield from self._mirror(Stamped(ends, *reply) for ends, reply in replies)

    def _mirror(self, stamped: Iterable[Stamped]) -> Plan[None]:
        """The second and the third step."""
        batches = list(
            in_script(
                ((each.ends.kind, bucket_of(each.ends.target)), each)
                for each in stamped
            )
        )
        commands = []
        for (kind, bucket), batch in batches:
            texts: list[str] = []
            for ends, version, created in batch:
                texts += (version, created, ends.source[1])
            keys = [
                *(self.keys.shared(bucket, name) for name in REVERSE_KEYS),
                *(self._reverse(each.ends) for each in batch),
            ]
            arguments = [kinds(kind)[1], FENCE_MICROSECONDS, encode(texts)]
            commands.append(call(scripts.REVERSE, bucket, keys, arguments))
        replies = yield from self.router.deliver(commands, write=True)
        done, late, floor = [], [], 0
        for (_, batch), floors in zip(batches, replies, strict=True):
            for each, limit in zip(batch, floors, strict=True):
                if limit == "":
                    done.append(each)
                else:
                    late.append(each.ends)
                    floor = max(floor, int(limit))
        yield from self._acknowledge(done)
        if late:
            yield from self._settle(late, floor)

    def _acknowledge(self, done: Iterable[Stamped]) -> Plan[None]:
        commands = []
        for bucket, batch in in_script(
            (bucket_of(each.ends.source), each) for each in done
        ):
            texts: list[str] = []
            for ends, version, _ in batch:
                texts += (ends.name, version)
            keys = [self.keys.shared(bucket, "intents")]
            commands.append(call(scripts.ACKNOWLEDGE, bucket, keys, [encode(texts)]))
        yield from self.router.deliver(commands, write=True)

    def _on_forward(
        self,
        script: Script,
        items: Iterable[tuple[Ends, T]],
        arguments: Callable[[Kind, Batch[T]], list[Any]],
    ) -> Plan[list[tuple[T, Any]]]:
        """The first step: each item, and the reply of `script` about its edge."""
        batches = list(
            in_script(
                ((item[0].kind, bucket_of(item[0].source)), item) for item in items
            )
        )
        commands = []
        for (kind, bucket), batch in batches:
            keys = [
                *(self.keys.shared(bucket, name) for name in FORWARD_KEYS),
                *(self._forward(ends) for ends, _ in batch),
            ]
            commands.append(call(script, bucket, keys, arguments(kind, batch)))
        replies = yield from self.router.deliver(commands, write=True)
        return [
            (item, reply)
            for (_, batch), answers in zip(batches, replies, strict=True)
            for (_, item), reply in zip(batch, answers, strict=True)
        ]


def members(batch: Batch[Any]) -> str:
    """What both lists of each edge hold of it, as scripts have it."""
    return encode([ref[1] for ends, _ in batch for ref in (ends.target, ends.source)])


def stamp(edge: Edge) -> str:
    """When it was created, as scripts have it."""
    return str(to_microseconds(edge.created))


Kind = tuple[str, str, str]
Batch = Sequence[tuple[Ends, T]]

FORWARD_KEYS = "types", "intents", "clock"
REVERSE_KEYS = "types", "fences", "floor"


def kinds(kind: Kind) -> tuple[str, str]:
    """What the buckets of both ends remember of edges of `kind`."""
    relation, source, target = kind
    return (
        kind_of(relation, source, "followings", target),
        kind_of(relation, target, "followers", source),
    )


def by_kind(items: Iterable[tuple[Ends, T]]) -> Iterator[tuple[Kind, Batch[T]]]:
    return in_script((item[0].kind, item) for item in items)


def in_script(items: Iterable[tuple[Any, T]]) -> Iterator[tuple[Any, list[T]]]:
    """Items by their group, as many as a script may have at once."""
    groups: dict[Any, list[T]] = defaultdict(list)
    for group, item in items:
        groups[group].append(item)
    for group, members in groups.items():
        for batch in batched(members, SCRIPT_SIZE):
            yield group, batch
