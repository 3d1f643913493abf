"""What is written on one server: a script changes both sides of an edge at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sequere.backends.redis import scripts
from sequere.backends.redis.batches import encode, in_script
from sequere.backends.redis.keys import Ends, types_of
from sequere.backends.redis.protocol import Command, Plan, call
from sequere.backends.redis.scripts import Script
from sequere.backends.redis.slots import Found
from sequere.backends.redis.writes import Change, Sides, Writes, by_route, stamp
from sequere.types import Edge


class ServerWrites(Writes):
    walks_tell_states = True

    def sides(self, every: Sequence[Ends]) -> Plan[list[Sides | None]]:
        # In one script for each pair, so that nothing can be half-written.
        both = [side for ends in every for side in (ends.forward, ends.reverse)]
        slots = yield from self.reads.slots(both)
        return list(zip(slots[::2], slots[1::2], strict=True))

    def _add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        batches = list(
            in_script(
                # As Ends.route, of many.
                ((edge[0], edge[1][0], edge[2][0], *edge[4:]), edge)
                for edge in edges
            )
        )
        commands = []
        for (*route, state, level), batch in batches:
            texts: list[str] = []
            for edge in batch:
                texts += (stamp(edge), edge.target[1], edge.source[1])
            arguments = [*types_of(route), state, level, encode(texts)]
            every = (Ends(*edge[:3]) for edge in batch)
            commands.append(self._call(scripts.ADD, every, arguments))
        replies = yield from self.router.deliver(commands, write=True)
        return [
            edge
            for (_, batch), new in zip(batches, replies, strict=True)
            for edge, is_new in zip(batch, new, strict=True)
            if is_new
        ]

    def _remove(self, every: Sequence[Ends]) -> Plan[list[Found]]:
        batches = by_route(every)
        commands = [
            self._call(scripts.REMOVE, batch, [types_of(route)[0], members(batch)])
            for route, batch in batches
        ]
        replies = yield from self.router.deliver(commands, write=True)
        return list(found_in([batch for _, batch in batches], replies))

    def _move(self, every: Sequence[Ends], change: Change) -> Plan[list[Found]]:
        batches = by_route(every)
        commands = [
            self._call(scripts.MOVE, batch, [*types_of(route), *change, members(batch)])
            for route, batch in batches
        ]
        replies = yield from self.router.deliver(commands, write=True)
        return list(found_in([batch for _, batch in batches], replies))

    def _settle(self, every: Sequence[Ends]) -> Plan[None]:
        commands = [
            self._call(scripts.SETTLE, batch, [*types_of(route), members(batch)])
            for route, batch in by_route(every)
        ]
        yield from self.router.deliver(commands, write=True)

    def _call(
        self, script: Script, every: Iterable[Ends], arguments: list[Any]
    ) -> Command:
        keys: list[str] = []
        for ends in every:
            keys += (self._forward(ends), self._reverse(ends))
        return call(script, "", keys, arguments)


def members(every: Sequence[Ends]) -> str:
    """The members of each edge in its two lists, as scripts have them."""
    return encode([ref[1] for ends in every for ref in (ends.target, ends.source)])


def found_in(
    batches: Sequence[Sequence[Ends]], replies: Sequence[Any]
) -> Iterator[Found]:
    """The edges of which scripts returned created, or created, state and level."""
    for batch, answers in zip(batches, replies, strict=True):
        for ends, reply in zip(batch, answers, strict=True):
            if reply is None:
                continue
            yield Found(ends, reply) if type(reply) is str else Found(ends, *reply)
