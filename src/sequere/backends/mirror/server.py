"""The mirror's side: one server of Redis, which refuses what is not of the mark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from redis import exceptions as driver

from sequere.backends.mirror.marks import MOVED, Mark, NotReady, Tickets, Truth
from sequere.backends.redis import RedisBackend, scripts
from sequere.backends.redis.batches import in_script
from sequere.backends.redis.connections import exchange
from sequere.backends.redis.keys import Ends, types_of
from sequere.backends.redis.protocol import Exchange, Parcel, call
from sequere.backends.redis.scripts import Script
from sequere.backends.redis.writes import stamp
from sequere.plans import drive
from sequere.questions import Question
from sequere.verifying.digests import crc, text_of
from sequere.verifying.exact import Slot

T = TypeVar("T")

CLEARING, FILLING, READY = "clearing", "filling", "ready"
SCAN_SIZE = 1000
#: The greatest number that Lua compares exactly.
LAST = 2**53 - 1


class RedisMirror:
    def __init__(self, backend: RedisBackend) -> None:
        self.backend = backend

    @property
    def keys(self) -> list[str]:
        """Return the keys of the mark, the tickets and the lease."""
        prefix = self.backend.keyspaces.current().prefix
        return [f"{prefix}:mirror{end}" for end in ("", ":tickets", ":lease")]

    # Stages

    def server(self) -> str:
        """Return the name of this run of the server."""
        [info] = self._commands([("INFO", "server")])
        return str(info["run_id"])

    def begin(self, mark: Mark) -> None:
        """Remove all edges, and let edges of `mark` be written."""
        self._stage(mark, CLEARING)
        for keys in self._data():
            arguments = [mark.generation, mark.server]
            if not self._call(scripts.MIRROR_DISCARD, [self.keys[0], *keys], arguments):
                raise superseded(self.backend.alias)
        self._stage(mark, FILLING)

    def finish(self, mark: Mark) -> None:
        """Tell that every edge of the primary is here."""
        self._stage(mark, READY)

    def keep(self) -> None:
        """Refuse all settlers and rebuilds: no generation is newer than the last."""
        fields = "generation", LAST, "server", self.server(), "stage", MOVED
        self._commands([("HSET", self.keys[0], *fields)])

    def release(self) -> None:
        """Forget the mark, so that the next generation may begin."""
        self._commands([("DEL", *self.keys)])

    def _stage(self, mark: Mark, stage: str) -> None:
        if not self._call(scripts.MIRROR_STAGE, self.keys[:1], [*mark, stage]):
            raise superseded(self.backend.alias)

    def _data(self) -> Iterator[list[str]]:
        pattern, cursor = self.backend.keys.pattern, 0
        while True:
            scan = "SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_SIZE
            [(cursor, keys)] = self._commands([scan])
            yield keys
            if not cursor:
                return

    def stage(self) -> dict[str, str]:
        """Return the stored mark, as it is."""
        [found] = self._commands([("HGETALL", self.keys[0])])
        return dict(found)

    # Settling

    def tickets(self, slots: Iterable[Slot]) -> Tickets:
        buckets = sorted(set(map(bucket_of, slots)))
        found = self._call(scripts.MIRROR_TICKETS, self.keys[:2], [buckets])
        if found is None:
            raise unmarked(self.backend.alias)
        generation, server, *numbers = found
        by_bucket = dict(zip(buckets, numbers, strict=True))
        return Tickets(Mark(int(generation), server), by_bucket)

    def write(self, tickets: Tickets, truth: Truth) -> set[Slot]:
        """Write the truth of each slot whose ticket is valid. Return these slots."""
        writes = self.backend.writes
        batches = list(in_script((Ends(*slot).route, slot) for slot in truth))
        commands = []
        for route, batch in batches:
            ends = [Ends(*slot) for slot in batch]
            keys = [each for pair in ends for each in writes.both(pair)]
            told = [each for slot in batch for each in as_told(slot, tickets, truth)]
            arguments = [*tickets.mark, *types_of(route), told]
            every = [*self.keys[:2], *keys]
            commands.append(call(scripts.MIRROR_WRITE, "", every, arguments))
        replies = self.backend._run(writes.router.deliver(commands, write=True))
        written = set()
        for (_, batch), answers in zip(batches, replies, strict=True):
            if answers is None:
                raise unmarked(self.backend.alias)
            each = zip(batch, answers, strict=True)
            written |= {slot for slot, is_written in each if is_written}
        return written

    # Reading

    def time(self) -> float:
        """Return the time of the server in seconds. One round trip."""
        [(seconds, microseconds)] = self._commands([("TIME",)])
        return int(seconds) + int(microseconds) / 1_000_000

    def lend(self, mark: Mark, until: float) -> bool:
        """Let readers ask this mirror until a time of its server. Return False if the
        mirror is not ready, or the time has passed.
        """
        keys = [self.keys[0], self.keys[2]]
        arguments = [*mark, int(until * 1000)]
        return bool(self._call(scripts.MIRROR_LEASE, keys, arguments))

    def answer(self, question: Question[T]) -> T:
        """Return the answer of the mirror. Raise NotReady if it has no lease, or if its
        server is not the server of the mark. The check needs no round trip of its own.
        """
        hook = getattr(self.backend, question.hook)
        return drive(hook(question), self._take)  # type: ignore[no-any-return]

    def _take(self, step: Any) -> Any:
        if isinstance(step, Exchange):
            return self._checked(step, sha=True)
        return step.completed(self.answer(step)) if step else step.nothing()

    def _checked(self, step: Exchange, *, sha: bool) -> list[list[Any]]:
        script, keys = scripts.MIRROR_READY, [self.keys[0], self.keys[2]]
        [ready] = [("EVALSHA", script.sha) if sha else ("EVAL", script.source)]
        question = *ready, len(keys), *keys
        parcels = [Parcel(to, [question, *commands]) for to, commands in step.parcels]
        lines = self.backend.connections.lines
        replies = exchange(lines, Exchange(parcels, step.pause))
        states = [first for first, *_ in replies]
        if sha and any(isinstance(each, driver.NoScriptError) for each in states):
            return self._checked(step, sha=False)
        if 0 in states:
            raise unmarked(self.backend.alias)
        return [rest for _, *rest in replies]

    def _call(self, script: Script, keys: list[str], arguments: list[Any]) -> Any:
        router = self.backend.writes.router
        command = call(script, "", keys, arguments)
        [reply] = self.backend._run(router.deliver([command], write=True))
        return reply

    def _commands(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        router = self.backend.writes.router
        [address] = self.backend._run(router.servers())
        [replies] = self.backend._run(router.ask([Parcel(address, commands)]))
        return list(replies)


def bucket_of(slot: Slot) -> int:
    return crc(text_of(slot))


def as_told(slot: Slot, tickets: Tickets, truth: Truth) -> list[Any]:
    """Return a slot as mirror_write.lua takes it."""
    bucket = bucket_of(slot)
    edge = truth[slot]
    content = [edge.state, stamp(edge), str(edge.level)] if edge else [-1, "", "0"]
    _, source, target = slot
    ticket = str(tickets.by_bucket[bucket])
    return [bucket, ticket, *content, target[1], source[1]]


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
