"""The resources of the random calls, and the values of their arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model

from sequere.names import RELATION_MAX_LENGTH
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.testing.base import NOON, ConformanceCase
from sequere.testing.identity import AWKWARD
from sequere.testing.models import Label, Person, Place
from sequere.testing.oracle import Oracle
from sequere.times import from_microseconds, to_microseconds
from sequere.types import Direction, Edge, Pair, Ref

try:
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, initialize
except ImportError as exc:
    raise ImportError(
        "The conformance suite needs hypothesis, which is not installed. Install "
        "django-sequere[testing]."
    ) from exc

TEXTS = [*AWKWARD, "<b>", "<>", "a:", ":", "~", "a~1", "{a}", "}{", "0", "-1", "\x7f"]
KEYS = st.sampled_from(TEXTS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10
)
#: Names that differ little, or have the maximal length.
NAMES = ["Follow", "follow-2", "follow.to-archived", "x" * RELATION_MAX_LENGTH]
BARRED = NAMES[1:2]
RELATIONS = st.sampled_from([FOLLOW.name, FOLLOW.name, *NAMES])
DIRECTIONS: st.SearchStrategy[Direction] = st.sampled_from(["followers", "followings"])
#: A resource, by its number in the world.
WHO = st.integers(0, 7)
#: A few fixed times, so that many times are equal, and any other times.
TIMES = st.builds(
    lambda count: from_microseconds(to_microseconds(NOON) + count),
    st.sampled_from([0, 1, -1, 10**6]) | st.integers(-(2**50), 2**50),
)
KINDS = st.sets(st.sampled_from([Person, Label, Place]), max_size=2).map(list)
PAIRS = st.lists(st.tuples(WHO, WHO), max_size=6)
SIZES = st.integers(1, 4)


class World(RuleBasedStateMachine):
    case: ClassVar[ConformanceCase]

    def __init__(self) -> None:
        super().__init__()
        self.store = self.case.store
        self.oracle = Oracle()
        self.world: list[Any] = []
        self.refs: list[Ref] = []
        self.equal = self.case.assertEqual

    @initialize(keys=st.lists(KEYS, min_size=2, max_size=4, unique=True))
    def begin(self, keys: list[str]) -> None:
        self.world = [
            *Person.objects.bulk_create([Person(pk=1), Person(pk=10), Person(pk=-1)]),
            *Label.objects.bulk_create([Label(name=key) for key in keys]),
            Place.objects.create(pk=UUID(int=10)),
        ]
        self.refs = [registry.ref(each) for each in self.world]

    def teardown(self) -> None:
        self.store.clear()
        for model in (Person, Label, Place):
            model._base_manager.all()._raw_delete("default")

    # The resources behind the numbers

    def one(self, who: int) -> Any:
        return self.world[who % len(self.world)]

    def ref(self, who: int) -> Ref:
        return self.refs[who % len(self.refs)]

    def both(self, source: int, target: int) -> tuple[Any, Any]:
        return self.one(source), self.one(target)

    def pair(self, source: int, target: int) -> Pair:
        return Pair(self.ref(source), self.ref(target))

    def resource(self, ref: Ref) -> Any:
        return self.world[self.refs.index(ref)]

    def of(self, model: type[Model]) -> set[Ref]:
        return {
            ref
            for ref, each in zip(self.refs, self.world, strict=True)
            if isinstance(each, model)
        }


def same(edges: Iterable[Edge]) -> set[Edge]:
    """Return the edges as a set. Fail if an edge is in the list twice."""
    every = list(edges)
    found = set(every)
    assert len(found) == len(every), f"double: {every}"
    return found
