"""Writes on one server: a script changes both sides of an edge at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sequere.backends.redis import scripts
from sequere.backends.redis.batches import in_script
from sequere.backends.redis.keys import Ends, bars_of, types_of
from sequere.backends.redis.protocol import Command, Plan, call
from sequere.backends.redis.scripts import Script
from sequere.backends.redis.slots import Found
from sequere.backends.redis.writes import (
    Change,
    Sides,
    Which,
    Writes,
    by_route,
    found_in,
    stamp,
)
from sequere.types import Edge


class ServerWrites(Writes):
    walks_tell_states = True

    def sides(self, every: Sequence[Ends]) -> Plan[list[Sides | None]]:
        # One script reads both sides of a pair, so that no edge is seen half-written.
        both = [side for ends in every for side in (ends.forward, ends.reverse)]
        slots = yield from self.reads.slots(both)
        return list(zip(slots[::2], slots[1::2], strict=True))

    def _add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        return (yield from self._written(scripts.ADD, edges))

    def _put(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        return (yield from self._written(scripts.PUT, edges))

    def _written(self, script: Script, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        """Return the edges that the script reports as written."""
        batches = list(
            in_script(
                # The key equals Ends.route; inlined, since there are many edges.
                ((edge[0], edge[1][0], edge[2][0], *edge[4:]), edge)
                for edge in edges
            )
        )
        commands = []
        for (*route, state, level), batch in batches:
            bars = bars_of(tuple(route))
            arguments = [*types_of(route), state, level, *bars, told(batch)]
            every = (Ends(*edge[:3]) for edge in batch)
            commands.append(self._call(script, every, arguments))
        replies = yield from self.router.deliver(commands, write=True)
        return [
            edge
            for (_, batch), answers in zip(batches, replies, strict=True)
            for edge, is_written in zip(batch, answers, strict=True)
            if is_written
        ]

    def _block(
        self, edges: Sequence[Edge], barred: Sequence[str]
    ) -> Plan[tuple[list[Edge], list[Found]]]:
        batches = list(in_script((Ends(*edge[:3]).route, edge) for edge in edges))
        commands = []
        for route, batch in batches:
            arguments = [*types_of(route), barred, told(batch)]
            every = (Ends(*edge[:3]) for edge in batch)
            commands.append(self._call(scripts.BLOCK, every, arguments))
        replies = yield from self.router.deliver(commands, write=True)
        blocks: list[Edge] = []
        gone: list[Found] = []
        for (_, batch), answers in zip(batches, replies, strict=True):
            for edge, cut in zip(batch, answers, strict=True):
                if cut is not None:
                    blocks.append(edge)
                    gone += cut_by(edge, barred, cut)
        return blocks, gone

    def _remove(self, every: Sequence[Ends], which: Which) -> Plan[list[Found]]:
        batches = by_route(every)
        commands = []
        for route, batch in batches:
            arguments = [types_of(route)[0], *which, members(batch)]
            commands.append(self._call(scripts.REMOVE, batch, arguments))
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

    def _settle(self, every: Sequence[Ends]) -> Plan[list[Found]]:
        commands = [
            self._call(scripts.SETTLE, batch, [*types_of(route), members(batch)])
            for route, batch in by_route(every)
        ]
        yield from self.router.deliver(commands, write=True)
        return []

    def _call(
        self, script: Script, every: Iterable[Ends], arguments: list[Any]
    ) -> Command:
        keys: list[str] = []
        for ends in every:
            keys += (self._forward(ends), self._reverse(ends))
        return call(script, "", keys, arguments)


def told(edges: Sequence[Edge]) -> list[str]:
    """Return the time and the ends of each edge, as scripts take them."""
    texts: list[str] = []
    for edge in edges:
        texts += (stamp(edge), edge.target[1], edge.source[1])
    return texts


def cut_by(block: Edge, barred: Sequence[str], cut: Sequence[Any]) -> Iterator[Found]:
    """Yield the edges that a block has cut, as block.lua returns them."""
    for place in range(0, len(cut), 5):
        which, number, *content = cut[place : place + 5]
        both = block.source, block.target
        ends = both if which == 1 else both[::-1]
        yield Found(Ends(barred[number - 1], *ends), *content)


def members(every: Sequence[Ends]) -> list[str]:
    """Return the members of each edge in its two lists, as scripts take them."""
    return [ref[1] for ends in every for ref in (ends.target, ends.source)]
