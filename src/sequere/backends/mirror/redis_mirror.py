"""The mirror's side: one server of Redis, or a cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, TypeVar

from redis import exceptions as driver

from sequere.backends.mirror.marks import MOVED, NotReady, Stage, Tickets, Truth
from sequere.backends.mirror.places import Places
from sequere.backends.redis import scripts
from sequere.backends.redis.batches import ROUND_SIZE, in_script
from sequere.backends.redis.connections import exchange
from sequere.backends.redis.keys import Ends, types_of
from sequere.backends.redis.protocol import Command, Exchange, Parcel
from sequere.backends.redis.scans import BEGINNING, keys_at
from sequere.backends.redis.writes import stamp
from sequere.batching import batched
from sequere.plans import drive
from sequere.questions import Question
from sequere.types import Edge
from sequere.verifying.exact import Slot

T = TypeVar("T")

CLEARING, FILLING, READY = "clearing", "filling", "ready"
#: The stages of a generation, in their order.
STAGES = [CLEARING, FILLING, READY]
SCAN_SIZE = 1000
#: The greatest number that Lua compares exactly.
LAST = 2**53 - 1


class RedisMirror(Places):
    # Stages

    def servers(self) -> str:
        """Return a text that differs if a server is restarted, or if a bucket comes to
        another server. Two round trips.
        """
        addresses = self.run(self.router.servers(afresh=True))
        parcels = [Parcel(address, [("INFO", "server")]) for address in addresses]
        replies = self.run(self.router.ask(parcels))
        runs = {
            address: info["run_id"]
            for address, [info] in zip(addresses, replies, strict=True)
        }
        address_of = self.topology.address_of
        names = [runs.get(address_of(place, write=True), "") for place in self.places]
        return blake2b("\n".join(names).encode(), digest_size=16).hexdigest()

    def begin(self, generation: int) -> None:
        """Remove all edges, and let edges of `generation` be written."""
        self._stage(generation, CLEARING)
        keyspace = self.backend.keys
        for keys in batched(self._data(), ROUND_SIZE):
            batches = list(
                in_script(
                    (self.topology.together(keyspace.parse(key)[0]), key)
                    for key in keys
                )
            )
            replies = self.call_each(
                scripts.MIRROR_DISCARD,
                [
                    (place, [self.keys(place).mark, *batch], [generation])
                    for place, batch in batches
                ],
            )
            if not all(replies):
                raise superseded(self.backend.alias)
        self._stage(generation, FILLING)

    def finish(self, generation: int) -> None:
        """Tell that every edge of the primary is here."""
        self._stage(generation, READY)

    def keep(self) -> None:
        """Refuse all settlers and rebuilds: no generation is newer than the last."""
        fields = "generation", LAST, "stage", MOVED
        self.deliver(
            [
                Command(place, ("HSET", self.keys(place).mark, *fields))
                for place in self.places
            ]
        )

    def release(self) -> None:
        """Forget the mark, so that the next generation may begin."""
        self.deliver(
            [Command(place, ("DEL", *self.keys(place))) for place in self.places]
        )

    def stages(self) -> set[Stage | None]:
        """Return the stages of all places. None stands for a place without a mark."""
        replies = self.call_all(scripts.MIRROR_MARK, [])
        return {
            reply and Stage(int(reply[0]), reply[1], bool(reply[2]))
            for reply in replies
        }

    def _stage(self, generation: int, name: str) -> None:
        if not all(self.call_all(scripts.MIRROR_STAGE, [generation, name])):
            raise superseded(self.backend.alias)

    def _data(self) -> Iterator[str]:
        after: Any = BEGINNING
        pattern = self.backend.keys.pattern
        while after:
            found = self.run(keys_at(self.router, pattern, after, SCAN_SIZE))
            yield from found.keys
            after = found.after

    # Settling

    def tickets(self, slots: Iterable[Slot]) -> Tickets:
        cells: dict[str, set[int]] = defaultdict(set)
        for slot in slots:
            _, source, target = slot
            cell = self.cell_of(slot)
            cells[self.place_of(source)].add(cell)
            cells[self.place_of(target)].add(cell)
        asked = {place: sorted(found) for place, found in cells.items()}
        replies = self.call_each(
            scripts.MIRROR_TICKETS,
            [(place, self.keys(place)[:2], [found]) for place, found in asked.items()],
        )
        generations: set[str] = set()
        by_cell: dict[tuple[str, int], int] = {}
        for (place, found), reply in zip(asked.items(), replies, strict=True):
            if reply is None:
                raise unmarked(self.backend.alias)
            generation, *tickets = reply
            generations.add(generation)
            every = ((place, cell) for cell in found)
            by_cell |= zip(every, tickets, strict=True)
        if len(generations) != 1:
            raise unmarked(self.backend.alias)
        return Tickets(int(generations.pop()), by_cell)

    def write(self, tickets: Tickets, truth: Truth) -> set[Slot]:
        """Write the truth of each slot whose tickets are valid. Return these slots."""
        batches = list(
            in_script(
                (place, (slot, key, told))
                for slot, edge in truth.items()
                for place, key, told in self._sides(tickets, slot, edge)
            )
        )
        calls = []
        for place, batch in batches:
            mark, tickets_key, _, absent = self.keys(place)
            keys = [mark, tickets_key, absent, *(key for _, key, _ in batch)]
            told = [text for *_, side in batch for text in side]
            calls.append((place, keys, [tickets.generation, told]))
        replies = self.call_each(scripts.MIRROR_WRITE, calls)
        written = set(truth)
        for (_, batch), answers in zip(batches, replies, strict=True):
            if answers is None:
                raise unmarked(self.backend.alias)
            for (slot, *_), is_written in zip(batch, answers, strict=True):
                if not is_written:
                    written.discard(slot)
        return written

    def _sides(
        self, tickets: Tickets, slot: Slot, edge: Edge | None
    ) -> Iterator[tuple[str, str, list[Any]]]:
        """Yield for each side the place, the active list, and the side as
        mirror_write.lua takes it. If both sides have one place, one script gets both.
        """
        ends, cell = Ends(*slot), self.cell_of(slot)
        _, source, target = slot
        content = [edge.state, stamp(edge)] if edge else [-1, ""]
        level = str(edge.level if edge else 0)
        forward, reverse = self.backend.writes.both(ends)
        forward_type, reverse_type = types_of(ends.route)
        for ref, key, list_type, of_side, member in (
            (target, reverse, reverse_type, "", source[1]),
            (source, forward, forward_type, level, target[1]),
        ):
            place = self.place_of(ref)
            ticket = str(tickets.by_cell[place, cell])
            yield place, key, [list_type, cell, ticket, *content, of_side, member]

    # Reading

    def clocks(self) -> dict[str, float]:
        """Return the seconds of each server's clock, by a place on it."""
        self.run(self.router.servers())
        places = list(self.topology.samples().values())
        commands = [Command(place, ("TIME",)) for place in places]
        replies = self.deliver(commands)
        return {
            place: int(seconds) + int(microseconds) / 1_000_000
            for place, (seconds, microseconds) in zip(places, replies, strict=True)
        }

    def lend(self, generation: int, until: Mapping[str, float]) -> bool:
        """Let readers ask each server until a time of its own clock, by a place on it.
        Return False if a place is not ready, or its time has passed.
        """
        calls = []
        for place, moment in until.items():
            keys = self.keys(place)
            arguments = [generation, int(moment * 1000)]
            calls.append((place, [keys.mark, keys.lease], arguments))
        return all(self.call_each(scripts.MIRROR_LEASE, calls))

    def answer(self, question: Question[T]) -> T:
        """Return the answer of the mirror. Raise NotReady if a server has no lease, or
        is not the server of the mark. The check needs no round trip of its own.
        """
        hook = getattr(self.backend, question.hook)
        return drive(hook(question), self._take)  # type: ignore[no-any-return]

    def _take(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            return self._checked(step, sha=True)
        return step.completed(self.answer(step)) if step else step.nothing()

    def _checked(self, step: Exchange, *, sha: bool) -> list[list[Any]]:
        places = self.topology.samples()
        parcels = []
        for address, commands in step.parcels:
            if address not in places:
                raise unmarked(self.backend.alias)
            parcels.append(
                Parcel(address, [self._ready(places[address], sha=sha), *commands])
            )
        lines = self.backend.connections.lines
        replies = exchange(lines, Exchange(parcels, step.pause))
        states = [first for first, *_ in replies]
        if sha and any(isinstance(each, driver.NoScriptError) for each in states):
            return self._checked(step, sha=False)
        # A place that has come to another server is not ready.
        if any(each == 0 or isinstance(each, driver.ResponseError) for each in states):
            raise unmarked(self.backend.alias)
        return [rest for _, *rest in replies]

    def _ready(self, place: str, *, sha: bool) -> tuple[Any, ...]:
        script, keys = scripts.MIRROR_READY, self.keys(place)
        asked = ("EVALSHA", script.sha) if sha else ("EVAL", script.source)
        return *asked, 2, keys.mark, keys.lease


def unmarked(alias: str) -> NotReady:
    return NotReady(
        f"Backend {alias!r} does not hold the edges of its primary: it was never "
        "filled, its server was restarted, or the primary was emptied. Run "
        "`manage.py sequere_mirror rebuild`."
    )


def superseded(alias: str) -> NotReady:
    return NotReady(
        f"Backend {alias!r} is being rebuilt by another process, or its server was "
        "restarted meanwhile. Run `manage.py sequere_mirror rebuild` again if no other "
        "process does."
    )
