from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.contenders import Contender
from benchmarks.scene import ASKERS, KNOWN, NEW, TYPICAL, Scene
from benchmarks.timing import Sample, sample

Work = Callable[[Contender, Scene], object]
# By verb, and then by contender: a sample of each round.
Results = dict[str, dict[str, list[Sample]]]

FEW = 5
MANY = 50


def follow(contender: Contender, scene: Scene) -> object:
    return [contender.follow(*pair) for pair in scene.new]


def unfollow(contender: Contender, scene: Scene) -> object:
    return [contender.unfollow(*pair) for pair in scene.new]


def is_following(contender: Contender, scene: Scene) -> object:
    return [contender.is_following(*pair) for pair in scene.known]


def count_celebrity(contender: Contender, scene: Scene) -> object:
    return [contender.count(scene.celebrity) for _ in range(TYPICAL)]


def count_typical(contender: Contender, scene: Scene) -> object:
    return [contender.count(user) for user in scene.typical]


def newest(contender: Contender, scene: Scene) -> object:
    return [contender.newest(scene.celebrity) for _ in range(FEW)]


def page_first(contender: Contender, scene: Scene) -> object:
    return [contender.page(scene.celebrity, None) for _ in range(FEW)]


def page_deep(contender: Contender, scene: Scene) -> object:
    place = scene.places[contender.name]
    return [contender.page(scene.celebrity, place) for _ in range(FEW)]


def among(contender: Contender, scene: Scene) -> object:
    return [contender.among(*asker) for asker in scene.askers]


@dataclass(frozen=True, slots=True)
class Verb:
    """`before` and `after` are not measured: each round finds the same graph."""

    work: Work
    calls: int
    before: Work | None = None
    after: Work | None = None

    def sample(self, contender: Contender, scene: Scene) -> Sample:
        if self.before:
            self.before(contender, scene)
        found = sample(lambda: self.work(contender, scene), self.calls)
        if self.after:
            self.after(contender, scene)
        return found


VERBS = {
    "follow": Verb(follow, NEW, after=unfollow),
    "unfollow": Verb(unfollow, NEW, before=follow),
    "is_following": Verb(is_following, KNOWN),
    "count-celebrity": Verb(count_celebrity, TYPICAL),
    "count-typical": Verb(count_typical, TYPICAL),
    "newest": Verb(newest, FEW),
    "page-first": Verb(page_first, FEW),
    "page-deep": Verb(page_deep, FEW),
    "among": Verb(among, ASKERS),
}


def measure(
    names: Sequence[str], contenders: Sequence[Contender], scenes: Sequence[Scene]
) -> Results:
    results: Results = {
        name: {each.name: [] for each in contenders} for name in VERBS if name in names
    }
    warm_up(list(results), contenders, scenes[0])
    for index, scene in enumerate(scenes):
        for name, samples in results.items():
            for contender in turns(contenders, index):
                samples[contender.name].append(VERBS[name].sample(contender, scene))
    return results


def warm_up(
    names: Sequence[str], contenders: Sequence[Contender], scene: Scene
) -> None:
    for name in names:
        for contender in contenders:
            VERBS[name].sample(contender, scene)


def turns(contenders: Sequence[Contender], index: int) -> list[Contender]:
    """Each begins as often as the others."""
    start = index % len(contenders)
    return [*contenders[start:], *contenders[:start]]
