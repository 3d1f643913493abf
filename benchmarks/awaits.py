"""A thousand awaits at once, beside a thousand calls one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random

from asgiref.sync import sync_to_async
from django.db import connections

from benchmarks.graph import SEED, Graph
from benchmarks.graph_reads import user
from benchmarks.lines import Line, compared
from benchmarks.timing import Sample, sample, taking_turns
from sequere import api

CALLS = 1000


def measure(plan: Graph) -> Iterator[Line]:
    random = Random(SEED)
    pairs = [tuple(map(user, random.choice(plan.edges))) for _ in range(CALLS)]

    async def all_at_once() -> None:
        found = await asyncio.gather(*(api.ais_following(a, b) for a, b in pairs))
        assert all(found)

    with asyncio.Runner() as runner:

        def one(contender: int) -> Sample:
            if contender == 0:
                return sample(lambda: runner.run(all_at_once()), CALLS)
            return sample(lambda: [api.is_following(a, b) for a, b in pairs], CALLS)

        samples = taking_turns(one)
        # What the thread behind the awaits of SQL has opened.
        runner.run(sync_to_async(connections.close_all)())
    yield compared(f"{CALLS:,} awaits at once", samples[0], "one by one", samples[1])
