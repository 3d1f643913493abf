"""Each verb beside redis-py sending the same commands, prepared before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from benchmarks.graph import SEED, Graph, when
from benchmarks.lines import Line, compared
from benchmarks.redis.servers import (
    backend,
    client,
    first_command,
    is_cluster,
    primaries,
)
from benchmarks.timing import ROUNDS, Sample, sample, taking_turns
from sequere import api
from sequere.questions import Add, Counts, PageOf
from sequere.relations import FOLLOW
from sequere.types import Edge, Ref, Window

CALLS = 300
# Each round, both contenders, and a call before.
FRESH = (2 * ROUNDS + 1) * CALLS
FOLLOWERS = 200_000
AMONG = 100

Pairs = Sequence[tuple[Ref, Ref]]


def measure(plan: Graph) -> Iterator[Line]:
    random = Random(SEED)
    store = backend()
    if not is_cluster():
        [address] = primaries()
        bare = client(address)
        fresh = iter(plan.fresh)
        yield versus_bare(
            "follow",
            lambda: [user_pair(*next(fresh)) for _ in range(CALLS)],
            lambda pairs: [api.follow(a, b) for a, b in pairs],
            lambda a, b: store.writes.add([Edge(FOLLOW.name, a, b, when(0))]),
            bare,
            1.6,
        )
        known = [user_pair(*random.choice(plan.edges)) for _ in range(CALLS)]
        yield versus_bare(
            "is_following",
            lambda: known,
            lambda pairs: [api.is_following(a, b) for a, b in pairs],
            lambda a, b: store.reads.contains(FOLLOW.name, a, b),
            bare,
            1.3,
        )
        others = [user(random.randint(1, plan.users)) for _ in range(AMONG)]
        yield versus_bare(
            f"which of these {AMONG}",
            lambda: known[:50],
            lambda pairs: [api.followings_among(a, others) for a, _ in pairs],
            lambda a, b: store.reads.lookup(FOLLOW.name, a, "followings", others, 0),
            bare,
            None,
        )
    yield from celebrity(plan)


def versus_bare(
    name: str,
    pairs_of_round: Callable[[], Pairs],
    ours: Callable[[Pairs], object],
    plan_of: Callable[[Ref, Ref], Any],
    bare: Any,
    limit: float | None,
) -> Line:
    def run_bare(commands: Sequence[Any]) -> None:
        for command in commands:
            bare.execute_command(*command)

    def one(contender: int) -> Sample:
        pairs = pairs_of_round()
        if contender == 0:
            return sample(lambda: ours(pairs), len(pairs))
        commands = [first_command(plan_of(a, b)) for a, b in pairs]
        return sample(lambda: run_bare(commands), len(pairs))

    ours(pairs_of_round()[:1])
    samples = taking_turns(one)
    return compared(name, samples[0], "redis-py", samples[1], limit)


def celebrity(plan: Graph) -> Iterator[Line]:
    store = backend()
    star, typical = user(plan.users + 1), user(plan.typical(1)[0])
    fans = (Edge(FOLLOW.name, user(10**6 + n), star, when(n)) for n in range(FOLLOWERS))
    store.ask(Add([*fans]))

    def count(ref: Ref) -> object:
        return store.ask(Counts(FOLLOW.name, [ref], "followers"))

    def page(ref: Ref) -> object:
        return store.ask(PageOf(FOLLOW.name, ref, "followers", Window(limit=20)))

    for name, read in (("count", count), ("first page", page)):

        def one(contender: int, read: Callable[[Ref], object] = read) -> Sample:
            ref = (star, typical)[contender]
            return sample(lambda: [read(ref) for _ in range(CALLS)], CALLS)

        samples = taking_turns(one)
        title = f"{name} of {FOLLOWERS:,}"
        yield compared(title, samples[0], "of a typical user", samples[1], 1.5)


def user(number: int) -> Ref:
    return Ref("user", str(number))


def user_pair(source: int, target: int) -> tuple[Ref, Ref]:
    return user(source), user(target)
