"""Writes in a cluster, where the two sides of an edge can be on two servers.

A write takes three steps. The first step writes the forward side, which is the truth;
its script leaves an intent in the same slot of the cluster, with a version. The second
step writes the reverse side, unless a newer version was already written. The third step
removes the intent. If a client dies in between, the intent stays; repair() finds the
edge by the intent, and completes the write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sequere.backends.redis import scripts
from sequere.backends.redis.batches import in_script
from sequere.backends.redis.keys import Ends, bars_of, bucket_of, types_of
from sequere.backends.redis.protocol import Command, Exchange, Plan, call
from sequere.backends.redis.scripts import Script
from sequere.backends.redis.slots import Found, Slot
from sequere.backends.redis.writes import (
    EVERY,
    PAUSES,
    Change,
    Sides,
    Which,
    Writes,
    stamp,
)
from sequere.declaration import BLOCK, barred_relations
from sequere.types import ACTIVE, Edge, Ref

# A reverse write may be this late and still succeed without another attempt.
FENCE_MILLISECONDS = 10_000

# The key `absent` never exists: see versions.lua.
FORWARD_KEYS = "types", "intents", "clock", "absent"
REVERSE_KEYS = "types", "fences", "newest", "absent"


class Stamped(NamedTuple):
    """An edge whose forward side is written, and the content for its reverse side."""

    ends: Ends
    version: str
    # An empty text means that the edge was removed.
    created: str = ""
    state: int = ACTIVE


class Item(NamedTuple):
    """An edge for the first step. A script gets the same values for all of its edges,
    and different texts for each edge.
    """

    ends: Ends
    same: tuple[int | str | tuple[str, ...], ...]
    texts: tuple[str, ...]


class ClusterWrites(Writes):
    # The list of the target can be behind, if a writer died.
    walks_tell_states = False

    def sides(self, every: Sequence[Ends]) -> Plan[list[Sides | None]]:
        """Three round trips. If the version of a bucket stays the same, nothing was
        written to the bucket between the first trip and the last.
        """
        before = yield from self._on_forward_of(every, scripts.FORWARD_LOOK)
        reverse = yield from self.reads.slots([ends.reverse for ends in every])
        after = yield from self._on_forward_of(every, scripts.FORWARD_LOOK)
        return [
            None if intent or first != last else (Slot.read(reply), side)
            for first, side, last in zip(before, reverse, after, strict=True)
            for _, (_, intent, reply) in [first]
        ]

    def _unfinished(self, sources: Sequence[Ref]) -> Plan[list[Ends]]:
        commands = [
            Command(bucket, ("HKEYS", self.keys.shared(bucket, "intents")))
            for bucket in {bucket_of(ref): None for ref in sources}
        ]
        replies = yield from self.router.deliver(commands)
        every = [Ends.named(name) for names in replies for name in names]
        return [ends for ends in every if ends.source in sources]

    def _add(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        return (yield from self._written(scripts.FORWARD_ADD, edges))

    def _put(self, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        return (yield from self._written(scripts.FORWARD_PUT, edges))

    def _written(self, script: Script, edges: Sequence[Edge]) -> Plan[list[Edge]]:
        """Return the edges that the first step reports as written."""
        every = [Ends(*edge[:3]) for edge in edges]
        bars = {route: bars_of(route) for route in {ends.route for ends in every}}
        items = [
            Item(
                ends,
                (edge.state, edge.level, *bars[ends.route]),
                (stamp(edge), edge.target[1]),
            )
            for ends, edge in zip(every, edges, strict=True)
        ]
        replies = yield from self._on_forward(script, items)
        written: list[Edge] = []
        undone: list[Stamped] = []
        for edge, item, reply in zip(edges, items, replies, strict=True):
            if isinstance(reply, str):
                written.append(edge)
                undone.append(Stamped(item.ends, reply, item.texts[0], edge.state))
            elif reply is not None:
                undone.append(Stamped(item.ends, *reply))
        yield from self._mirror(undone)
        return written

    def _remove(self, every: Sequence[Ends], which: Which) -> Plan[list[Found]]:
        told = yield from self._on_forward_of(every, scripts.FORWARD_REMOVE, *which, 0)
        yield from self._mirror([Stamped(ends, reply[0]) for ends, reply in told])
        return found_in(told)

    def _move(self, every: Sequence[Ends], change: Change) -> Plan[list[Found]]:
        set_, clear, states, created = change
        told = yield from self._on_forward_of(
            every, scripts.FORWARD_MOVE, set_, clear, states, created
        )
        yield from self._mirror([Stamped(ends, *reply[:3]) for ends, reply in told])
        return found_in(told)

    def _block(
        self, edges: Sequence[Edge], barred: Sequence[str]
    ) -> Plan[tuple[list[Edge], list[Found]]]:
        """The first step cuts the edges of the sources, the second step cuts the edges
        of the targets; the steps that follow complete the removal of the cut edges.
        """
        relations = tuple(barred)
        items = [
            Item(Ends(*edge[:3]), (relations,), (stamp(edge), edge.target[1]))
            for edge in edges
        ]
        replies = yield from self._on_forward(scripts.FORWARD_BLOCK, items)
        blocks: list[Edge] = []
        undone: list[Stamped] = []
        cut: list[tuple[Stamped, Found]] = []
        for edge, reply in zip(edges, replies, strict=True):
            if reply is None:
                continue
            ends = Ends(*edge[:3])
            undone.append(Stamped(ends, *reply[:2]))
            if len(reply) == 3:
                blocks.append(edge)
                cut += cut_at(ends.source, ends.target, barred, reply[2])
        gone = yield from self._mirror([*undone, *(stamped for stamped, _ in cut)])
        return blocks, [found for _, found in cut] + gone

    def _unblock(self, every: Sequence[Ends]) -> Plan[list[Found]]:
        """Complete unfinished blocks first, or the edges that they cut would stay."""
        gone: list[Found] = []
        for pause in (*PAUSES, None):
            told = yield from self._on_forward_of(
                every, scripts.FORWARD_REMOVE, *EVERY, int(pause is not None)
            )
            every = [ends for ends, reply in told if not reply]
            told = [(ends, reply) for ends, reply in told if reply]
            yield from self._mirror([Stamped(ends, reply[0]) for ends, reply in told])
            gone += found_in(told)
            if not every:
                break
            if pause is not None:
                yield Exchange([], pause)
            if pause == PAUSES[-1]:
                # The writer of the block died, or was stopped for long, and then it
                # will not find what it would have cut.
                gone += yield from self._settle(every)
        return gone

    def _settle(self, every: Sequence[Ends], above: int = 0) -> Plan[list[Found]]:
        told = yield from self._on_forward_of(every, scripts.FORWARD_STAMP, above)
        return (
            yield from self._mirror([Stamped(ends, *reply) for ends, reply in told])
        )

    def _mirror(self, stamped: Sequence[Stamped]) -> Plan[list[Found]]:
        """Do the second and the third step. Return the edges that blocks have cut."""
        if not stamped:
            return []
        batches = list(
            in_script(
                ((each.ends.route, bucket_of(each.ends.target)), each)
                for each in stamped
            )
        )
        barred = barred_relations()
        commands = []
        for (route, bucket), batch in batches:
            texts: list[Any] = []
            for ends, version, created, state in batch:
                texts += (version, created, state, ends.source[1])
            keys = [
                *(self.keys.shared(bucket, name) for name in REVERSE_KEYS),
                *(self._reverse(each.ends) for each in batch),
            ]
            arguments = [types_of(route)[1], FENCE_MILLISECONDS, texts]
            script = scripts.REVERSE
            if route[0] == BLOCK:
                script, arguments = scripts.REVERSE_BLOCK, [*arguments, barred]
            commands.append(call(script, bucket, keys, arguments))
        replies = yield from self.router.deliver(commands, write=True)
        done: list[Stamped] = []
        late: list[Ends] = []
        cut: list[tuple[Stamped, Found]] = []
        floor = 0
        for (route, _), batch, answers in (
            (*each, reply) for each, reply in zip(batches, replies, strict=True)
        ):
            for each, answer in zip(batch, answers, strict=True):
                limit = answer
                if route[0] == BLOCK:
                    limit, gone = answer
                    cut += cut_at(each.ends.target, each.ends.source, barred, gone)
                if limit == "":
                    done.append(each)
                else:
                    late.append(each.ends)
                    floor = max(floor, int(limit))
        found = [edge for _, edge in cut]
        if cut:
            # The cuts precede the end of the block: a writer that dies here leaves the
            # block's intent.
            yield from self._mirror([each for each, _ in cut])
        yield from self._acknowledge(done)
        if late:
            found += yield from self._settle(late, floor)
        return found

    def _acknowledge(self, done: Iterable[Stamped]) -> Plan[None]:
        commands = []
        for bucket, batch in in_script(
            (bucket_of(each.ends.source), each) for each in done
        ):
            texts: list[str] = []
            for each in batch:
                texts += (each.ends.name, each.version)
            keys = [self.keys.shared(bucket, "intents")]
            commands.append(call(scripts.ACKNOWLEDGE, bucket, keys, [texts]))
        yield from self.router.deliver(commands, write=True)

    def _on_forward_of(
        self, every: Sequence[Ends], script: Script, *same: int | str
    ) -> Plan[list[tuple[Ends, Any]]]:
        """Yield each edge that `script` reports on, and the reply."""
        items = [Item(ends, same, (ends.target[1],)) for ends in every]
        replies = yield from self._on_forward(script, items)
        both = zip(every, replies, strict=True)
        return [(ends, reply) for ends, reply in both if reply is not None]

    def _on_forward(self, script: Script, items: Sequence[Item]) -> Plan[list[Any]]:
        """Do the first step: return the reply of `script` for each of `items`."""
        batches = list(
            in_script(
                ((ends.route, same, bucket_of(ends.source)), (place, ends, texts))
                for place, (ends, same, texts) in enumerate(items)
            )
        )
        commands = []
        for (route, same, bucket), batch in batches:
            keys = [
                *(self.keys.shared(bucket, name) for name in FORWARD_KEYS),
                *(self._forward(ends) for _, ends, _ in batch),
            ]
            flat = [text for _, _, texts in batch for text in texts]
            arguments = [types_of(route)[0], *same, flat]
            commands.append(call(script, bucket, keys, arguments))
        answers = yield from self.router.deliver(commands, write=True)
        replies: list[Any] = [None] * len(items)
        for (_, batch), found in zip(batches, answers, strict=True):
            for (place, _, _), reply in zip(batch, found, strict=True):
                replies[place] = reply
        return replies


def cut_at(
    source: Ref, target: Ref, barred: Sequence[str], cut: Sequence[Any]
) -> Iterator[tuple[Stamped, Found]]:
    """Return the edges from `source` that a block has cut, as cuts.lua returns them,
    and the content for their reverse sides.
    """
    for place in range(0, len(cut), 5):
        number, version, *content = cut[place : place + 5]
        ends = Ends(barred[number - 1], source, target)
        yield Stamped(ends, version), Found(ends, *content)


def found_in(replies: Iterable[tuple[Ends, Any]]) -> list[Found]:
    """Return the edges that were written: replies for other edges are shorter."""
    return [Found(ends, *reply[1:]) for ends, reply in replies if len(reply) == 4]
