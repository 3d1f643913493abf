"""What two have in common, and suggestions: of a celebrity, beside a typical user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from benchmarks.graph import CELEBRITY, SEED, Graph
from benchmarks.lines import Line, compared
from benchmarks.timing import Sample, sample, taking_turns
from sequere import api
from sequere.types import Ref

VIEWERS = 10

Read = Callable[[Ref, Ref], object]

READS: dict[str, Read] = {
    "known followers, 3": lambda me, it: api.get_known_followers(me, it).refs()[:3],
    "known followers, count": lambda me, it: len(api.get_known_followers(me, it)),
    "common followers, 20": lambda me, it: api.get_common_followers(it, me).refs()[:20],
    "common followers, count": lambda me, it: len(api.get_common_followers(it, me)),
    "friends, 20": lambda me, it: api.get_friends(it).refs()[:20],
    "friends, count": lambda me, it: len(api.get_friends(it)),
    "suggestions": lambda me, it: api.get_suggestions(it),
}


def measure(plan: Graph) -> Iterator[Line]:
    random = Random(SEED)
    followings = [source for source, _ in random.sample(plan.edges, VIEWERS)]
    viewers = [user(number) for number in followings]
    star = user(CELEBRITY)
    typical = [user(number) for number in plan.typical(VIEWERS)]
    for name, read in READS.items():

        def one(contender: int, read: Read = read) -> Sample:
            targets = typical if contender else [star] * VIEWERS
            pairs = list(zip(viewers, targets, strict=True))
            return sample(lambda: [read(*pair) for pair in pairs], VIEWERS)

        samples = taking_turns(one)
        yield compared(name, samples[0], "of a typical user", samples[1])


def user(number: int) -> Ref:
    return Ref("user", str(number))
