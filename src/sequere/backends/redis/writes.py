"""Writes that are the same for one server and for a cluster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sequere.backends.redis import scripts
from sequere.backends.redis.batches import ROUND_SIZE, SCRIPT_SIZE, in_script
from sequere.backends.redis.keys import Ends, Keys, Route, bucket_of, types_of
from sequere.backends.redis.protocol import Parcel, Plan, call
from sequere.backends.redis.reads import Reads
from sequere.backends.redis.routing import Router
from sequere.backends.redis.slots import Found, Slot
from sequere.backends.redis.walks import Walk, everything_of
from sequere.batching import batched
from sequere.declaration import BLOCK
from sequere.times import to_microseconds
from sequere.types import (
    SOURCE_ARCHIVED,
    STATES,
    TARGET_ARCHIVED,
    Blocked,
    Direction,
    Edge,
    Pair,
    Ref,
)

# forget() asks about this many resources at the same time.
FORGET_SIZE = ROUND_SIZE // SCRIPT_SIZE
# The pauses, in seconds, are together longer than a write takes. Most of the writes
# that are found end within the first pause.
PAUSES = [0.05, 0.2, 0.5]
# A step of clear() looks at this many keys of the server.
SCAN_SIZE = 1000

#: Both sides of an edge. A side is None if its key holds another type than a list.
Sides = tuple[Slot | None, Slot | None]


#: The states of edges, as scripts take them: all, requests, and all but requests.
ANY, REQUESTS, OTHERS = "01234567", "1357", "0246"


class Which(NamedTuple):
    """The edges that a removal takes: those in `states`, and with `ends` only those
    whose end was over at `moment`, in microseconds. `ends` is the relation of the ends.
    """

    states: str = ANY
    ends: str = ""
    moment: str = ""


EVERY = Which()


class Change(NamedTuple):
    """Bits of a state to set, and bits to clear, for edges in `states` only. `created`
    is the edges' new time, in microseconds; if it is empty, the edges keep their time.
    """

    set: int
    clear: int
    states: str = ANY
    created: str = ""

    def of(self, state: int) -> int:
        if str(state) not in self.states:
            return state
        return (state & ~self.clear) | self.set


#: The changes of the edges that a resource has in each direction.
Changes = Mapping[Direction, Change]

BITS: dict[Direction, int] = {
    "followings": SOURCE_ARCHIVED,
    "followers": TARGET_ARCHIVED,
}
ARCHIVE: Changes = {each: Change(set=bit, clear=0) for each, bit in BITS.items()}
RESTORE: Changes = {each: Change(set=0, clear=bit) for each, bit in BITS.items()}


class Writes(ABC):
    # Does the list in which a walk finds an edge always tell the edge's state?
    walks_tell_states: bool

    def __init__(self, keys: Keys, router: Router) -> None:
        self.keys = keys
        self.router = router
        self.reads = Reads(keys, router)

    def add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        new: list[Edge] = []
        for batch in batched(edges, ROUND_SIZE):
            new += yield from self._add(batch)
        return new

    def put(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        """Write edges as given, and return the edges that differed or were missing."""
        changed: list[Edge] = []
        for batch in batched(edges, ROUND_SIZE):
            changed += yield from self._put(batch)
        return changed

    def remove(self, every: Sequence[Ends], which: Which = EVERY) -> Plan[list[Edge]]:
        gone: list[Found] = []
        for batch in batched(every, ROUND_SIZE):
            gone += yield from self._remove(batch, which)
        return self._edges(gone)

    def expire(
        self, relation: str, ends: str, pairs: Sequence[Pair], moment: datetime
    ) -> Plan[list[Edge]]:
        """Remove the edges whose end was over at `moment`, then these ends. An edge and
        its end are in one bucket, so a script looks at the end and removes at once.

        The ends go last: if the process dies, no edge is left without its end.
        """
        over = Which(ANY, ends, str(to_microseconds(moment)))
        gone: list[Edge] = []
        for name in (relation, ends):
            gone += yield from self.remove([Ends(name, *pair) for pair in pairs], over)
        return gone

    def move(self, every: Sequence[Ends], change: Change) -> Plan[list[Edge]]:
        moved: list[Found] = []
        for batch in batched(every, ROUND_SIZE):
            moved += yield from self._move(batch, change)
        return self._edges(moved)

    def set_level(self, every: Sequence[Ends], level: int) -> Plan[list[Edge]]:
        """Only the forward side keeps the level: one step, in a cluster too."""
        together = self.router.topology.together
        batches = list(
            in_script(
                ((ends.route, together(bucket_of(ends.source))), ends) for ends in every
            )
        )
        commands = []
        for (route, group), batch in batches:
            keys = [self._forward(ends) for ends in batch]
            targets = [ends.target[1] for ends in batch]
            arguments = [types_of(route)[0], level, targets]
            commands.append(call(scripts.LEVEL, group, keys, arguments))
        replies = yield from self.router.deliver(commands, write=True)
        return self._edges(list(found_in([each for _, each in batches], replies)))

    def block(self, edges: Sequence[Edge], barred: Sequence[str]) -> Plan[Blocked]:
        blocks: list[Edge] = []
        cut: list[Found] = []
        for batch in batched(edges, ROUND_SIZE):
            new, gone = yield from self._block(batch, barred)
            blocks += new
            cut += gone
        return Blocked(blocks, self._edges(cut))

    def unblock(self, every: Sequence[Ends]) -> Plan[list[Edge]]:
        gone: list[Found] = []
        for batch in batched(every, ROUND_SIZE):
            gone += yield from self._unblock(batch)
        return self._edges([each for each in gone if each.ends.relation == BLOCK])

    def settle(self, every: Sequence[Ends]) -> Plan[None]:
        """Make both sides of edges agree with the forward side."""
        for batch in batched(every, ROUND_SIZE):
            yield from self._settle(batch)

    def change(
        self, relation: str, ref: Ref, changes: Changes, *, report: bool
    ) -> Plan[list[Edge]]:
        """Give each edge that `ref` has now another state, and return the edges that
        changed if `report` asks for them. Two round trips for each 2,000 edges of a
        list.

        A walk meets each edge once, in the order of the edges' times, which stay the
        same. So the walk ends, and misses nothing, while other writers move edges from
        state to state.
        """
        changed: list[Found] = []
        walks = self._walks(relation, ref, changes)
        while walks:
            found = yield from self.reads.walk(walks)
            for walk, (every, _) in zip(walks, found, strict=True):
                moved = yield from self._move(every, changes[walk.direction])
                changed += moved if report else []
            walks = [rest for _, rest in found if rest]
        return self._edges(changed)

    def changing(self, relation: str, ref: Ref, changes: Changes) -> Plan[list[Edge]]:
        """Return the edges that change() would return, and write nothing."""
        every = yield from self.reads.walked(self._walks(relation, ref, changes))
        found = yield from self.reads.present(every)
        both = [(edge, changes[direction_of(edge, ref)]) for edge in found]
        return [
            edge._replace(state=change.of(edge.state))
            for edge, change in both
            if change.of(edge.state) != edge.state
        ]

    def _walks(self, relation: str, ref: Ref, changes: Changes) -> list[Walk]:
        return [
            Walk(ref, direction, relation, self._states_to(change))
            for direction, change in changes.items()
        ]

    def _states_to(self, change: Change) -> tuple[int, ...]:
        """Return the states of the lists that can hold edges to change."""
        return tuple(
            state
            for state in range(STATES)
            if change.of(state) != state or not self.walks_tell_states
        )

    def forget(self, refs: Sequence[Ref], *, report: bool) -> Plan[list[Edge]]:
        """Round trips for each 50,000 edges; the server is never busy for long."""
        forgotten: list[Found] = []
        for batch in batched(refs, FORGET_SIZE):
            walks = [walk for ref in batch for walk in everything_of(ref)]
            while walks:
                found = yield from self.reads.walk(walks, limit=SCRIPT_SIZE)
                every = dict.fromkeys(ends for some, _ in found for ends in some)
                gone = yield from self._forget(list(every))
                forgotten += gone if report else []
                walks = [rest for _, rest in found if rest]
            yield from self._settle((yield from self._unfinished(batch)))
        return self._edges(forgotten)

    def _forget(self, every: Sequence[Ends]) -> Plan[list[Found]]:
        """Remove blocks first: an unfinished block still cuts its own edges."""
        blocks = [ends for ends in every if ends.relation == BLOCK]
        gone = yield from self._unblock(blocks)
        others = [ends for ends in every if ends.relation != BLOCK]
        gone += yield from self._remove(others, EVERY)
        there = {each.ends for each in gone}
        missing = [ends for ends in every if ends not in there]
        # An edge with only a reverse side does not exist, so it cannot be removed.
        yield from self._settle(missing)
        # A new block can have cut an edge that existed a moment ago.
        pairs = {pair: None for _, a, b in missing for pair in ((a, b), (b, a))}
        gone += yield from self._unblock([Ends(BLOCK, *pair) for pair in pairs])
        return gone

    def _edges(self, found: Sequence[Found]) -> list[Edge]:
        return [each.edge(self.router.alias) for each in found]

    def clear(self) -> Plan[None]:
        """Round trips for each 1,000 keys that the servers have."""
        scan = "MATCH", self.keys.pattern, "COUNT", SCAN_SIZE
        # A replica may have taken over: see keys_at().
        servers = yield from self.router.servers(afresh=True)
        cursors = dict.fromkeys(servers, 0)
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
    def sides(self, every: Sequence[Ends]) -> Plan[list[Sides | None]]:
        """Return both sides at one moment. None stands for an edge that is being
        written.
        """

    def _unfinished(self, sources: Sequence[Ref]) -> Plan[list[Ends]]:
        """Return the edges of `sources` whose write may have died."""
        return []
        yield

    @abstractmethod
    def _add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]: ...

    @abstractmethod
    def _put(self, edges: Sequence[Edge]) -> Plan[list[Edge]]: ...

    @abstractmethod
    def _remove(self, every: Sequence[Ends], which: Which) -> Plan[list[Found]]: ...

    @abstractmethod
    def _block(
        self, edges: Sequence[Edge], barred: Sequence[str]
    ) -> Plan[tuple[list[Edge], list[Found]]]: ...

    def _unblock(self, every: Sequence[Ends]) -> Plan[list[Found]]:
        """Return the blocks that were removed, and edges that they had still to cut."""
        return (yield from self._remove(every, EVERY))

    @abstractmethod
    def _move(self, every: Sequence[Ends], change: Change) -> Plan[list[Found]]: ...

    @abstractmethod
    def _settle(self, every: Sequence[Ends]) -> Plan[list[Found]]:
        """Settle edges. Return the edges that blocks among `every` cut by settling."""

    def both(self, ends: Ends) -> tuple[str, str]:
        """Return the keys of the active lists on both sides of an edge."""
        return self._forward(ends), self._reverse(ends)

    def _forward(self, ends: Ends) -> str:
        relation, source, target = ends
        base = self.keys.base(bucket_of(source), relation, source, "followings")
        return f"{base}{target[0]}"

    def _reverse(self, ends: Ends) -> str:
        relation, source, target = ends
        base = self.keys.base(bucket_of(target), relation, target, "followers")
        return f"{base}{source[0]}"


def stamp(edge: Edge) -> str:
    """Return the time of an edge, as scripts take it."""
    return str(to_microseconds(edge.created))


def direction_of(edge: Edge, ref: Ref) -> Direction:
    """Return the direction in which `ref` has `edge`."""
    return "followings" if edge.source == ref else "followers"


def found_in(
    batches: Sequence[Sequence[Ends]], replies: Sequence[Any]
) -> Iterator[Found]:
    """Return the edges for which scripts gave created, or created, state and level."""
    for batch, answers in zip(batches, replies, strict=True):
        for ends, reply in zip(batch, answers, strict=True):
            if reply is None:
                continue
            yield Found(ends, reply) if type(reply) is str else Found(ends, *reply)


def by_route(every: Sequence[Ends]) -> list[tuple[Route, list[Ends]]]:
    # A route equals Ends.route; inlined, since there are many edges.
    routes = ((ends[0], ends[1][0], ends[2][0]) for ends in every)
    return list(in_script(zip(routes, every, strict=True)))
