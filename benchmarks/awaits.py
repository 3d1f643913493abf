"""A thousand awaits at once, beside a thousand awaits one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from random import Random

from asgiref.sync import sync_to_async
from django.db import connections

from benchmarks.graph import SEED, Graph
from benchmarks.graph_reads import user
from benchmarks.lines import Line, compared
from benchmarks.timing import Sample, sample, taking_turns
from sequere import api
from sequere.types import Ref

CALLS = 1000

Verb = Callable[[Ref, Ref], Awaitable[bool]]
Pairs = Sequence[tuple[Ref, Ref]]


def measure(plan: Graph, limit: float | None = None) -> Iterator[Line]:
    """`limit` is for the ratio of their times."""
    random = Random(SEED)
    pairs = [pair(random.choice(plan.edges)) for _ in range(CALLS)]
    with asyncio.Runner() as runner:
        yield line(runner, "is_following", api.ais_following, pairs, limit)
        # What the thread behind the awaits of SQL has opened.
        runner.run(sync_to_async(connections.close_all)())


def measure_follows(plan: Graph, limit: float) -> Iterator[Line]:
    """Of refs that have no rows, for stores that do not look at rows."""
    new = [(user(10**9 + number), user(number + 1)) for number in range(CALLS)]
    with asyncio.Runner() as runner:
        yield line(runner, "follow", api.afollow, new, limit)


def pair(edge: tuple[int, int]) -> tuple[Ref, Ref]:
    source, target = map(user, edge)
    return source, target


def line(
    runner: asyncio.Runner, name: str, verb: Verb, pairs: Pairs, limit: float | None
) -> Line:
    async def at_once() -> None:
        assert all(await asyncio.gather(*(verb(a, b) for a, b in pairs)))

    async def one_by_one() -> None:
        assert all([await verb(a, b) for a, b in pairs])

    def one(contender: int) -> Sample:
        work = (at_once, one_by_one)[contender]
        taken = sample(lambda: runner.run(work()), CALLS)
        if name == "follow":
            api.unfollow_many(pairs)
        return taken

    samples = taking_turns(one)
    title = f"{CALLS:,} awaits of {name} at once"
    return compared(title, samples[0], "one by one", samples[1], limit)
