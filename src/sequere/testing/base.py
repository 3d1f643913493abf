from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar, TypeVar
from unittest import SkipTest

from django.db import connections
from django.test import TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext

from sequere.backends.base import BaseBackend
from sequere.declaration import declared
from sequere.handler import get_backend
from sequere.questions import Counts, PageOf
from sequere.registration import registry
from sequere.relations import FOLLOW, Relation
from sequere.signals import followed, unfollowed
from sequere.testing.models import Club, Label, Person, Place, Profile
from sequere.times import from_microseconds
from sequere.types import Direction, Edge, Ref, Window

#: Noon as the project shows times: aware under USE_TZ, otherwise naive.
NOON = from_microseconds(1_709_208_000_123_456)
SECOND = timedelta(seconds=1)

T = TypeVar("T")


def effort() -> int:
    """Return the factor by which random tests run longer than usual."""
    return int(os.environ.get("SEQUERE_EFFORT", "1"))


def needs(flag: str) -> Callable[[T], T]:
    """Skip a test, or all tests of a class, if the backend lacks this flag."""

    def mark(tested: T) -> T:
        tests = [tested] if not isinstance(tested, type) else vars(tested).values()
        for test in tests:
            if getattr(test, "__name__", "").startswith("test_"):
                setattr(test, "needs", flag)  # noqa: B010
        return tested

    return mark


# SQLite gives the keys behind the largest one to other rows, also of later tests.
first_keys = count(10**9, 10**4)


class ConformanceCase(TransactionTestCase):
    """An empty backend under the alias `default`, and helpers that many tests need."""

    #: An entry of SEQUERE_BACKENDS.
    backend: ClassVar[dict[str, Any]]
    #: Further entries, of backends that `backend` names in its options.
    others: ClassVar[dict[str, Any]] = {}

    # The suite itself is not collected when a test module imports it.
    __test__ = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__test__ = hasattr(cls, "backend")

    @classmethod
    def setUpClass(cls) -> None:
        if not cls.__test__:
            raise SkipTest("subclass it, and name a `backend`")
        super().setUpClass()

    def setUp(self) -> None:
        super().setUp()
        settings = override_settings(
            SEQUERE_BACKENDS={"default": self.backend, **self.others}
        )
        settings.enable()
        self.addCleanup(settings.disable)
        flag = getattr(getattr(type(self), self._testMethodName), "needs", None)
        if flag and not getattr(self.store, flag):
            self.skipTest(f"{flag} is off")
        self.store.clear()
        self.addCleanup(self.store.clear)

    @property
    def store(self) -> BaseBackend:
        return get_backend()

    @property
    def joins_transactions(self) -> bool:
        return self.store.shares_transaction("default")

    @property
    def joins_querysets(self) -> bool:
        registration = registry.get_for_model(Person)
        return self.store.graph(FOLLOW.name, registration, "default") is not None

    def one_query(self) -> AbstractContextManager[Any]:
        """Expect one query if querysets join the edges. Otherwise they read ids
        first.
        """
        return self.assertNumQueries(1) if self.joins_querysets else nullcontext()

    def people(self, count: int) -> list[Person]:
        first = next(first_keys)
        return Person.objects.bulk_create(
            [Person(pk=first + number, name=f"p{number}") for number in range(count)]
        )

    def person(self, name: str = "thoas") -> Person:
        return Person.objects.create(name=name)

    def one_of_each(self) -> list[Any]:
        return [
            self.person(),
            Club.objects.create(),
            Place.objects.create(),
            Label.objects.create(name="1"),
            Profile.objects.create(person=self.person("with a profile")),
        ]

    def edge(
        self,
        source: Any,
        target: Any,
        when: datetime = NOON,
        relation: str = "follow",
    ) -> Edge:
        return Edge(relation, registry.ref(source), registry.ref(target), when)

    def relation(self, name: str, **options: Any) -> Relation:
        """Declare a relation until the end of the test."""
        self.addCleanup(declared.pop, name, None)
        return Relation(name, **options)

    def listen(self) -> list[tuple[str, Edge]]:
        """Return a list that collects the signals until the end of the test."""
        heard: list[tuple[str, Edge]] = []

        def hear_followed(edge: Edge, **kwargs: Any) -> None:
            heard.append(("followed", edge))

        def hear_unfollowed(edge: Edge, **kwargs: Any) -> None:
            heard.append(("unfollowed", edge))

        for signal, hear in ((followed, hear_followed), (unfollowed, hear_unfollowed)):
            signal.connect(hear, weak=False)
            self.addCleanup(signal.disconnect, hear)
        return heard

    def refused(
        self, error: type[Exception], call: Callable[..., Any], *args: Any, **kw: Any
    ) -> str:
        """Return the message of the error that `call` must raise."""
        with self.assertRaises(error) as caught:
            call(*args, **kw)
        return str(caught.exception)

    @contextmanager
    def round_trips(self) -> Iterator[Callable[[], int] | None]:
        """Count the round trips to the store from now on: SQL queries, or exchanges
        with servers. Override it for a store of another kind. None means that nothing
        is counted.
        """
        alias = getattr(self.store, "read_alias", None)
        if alias is None:
            yield None
            return
        with CaptureQueriesContext(connections[alias]) as queries:
            yield lambda: len(queries)

    @contextmanager
    def at_most(self, most: int) -> Iterator[None]:
        with self.round_trips() as count:
            yield
            if count is not None:
                self.assertLessEqual(count(), most)

    def pairs(self, direction: Direction, ref: Ref) -> list[Edge]:
        return self.store.ask(PageOf(FOLLOW.name, ref, direction, Window(limit=10_000)))

    def every_edge(self) -> Iterator[Edge]:
        """Yield the stored edges, in any relation and state."""
        for edges in self.store.scan():
            yield from edges

    def assert_true_counts(self) -> None:
        """Check that every count equals the number of edges, and that no edge is stored
        twice.
        """
        for direction in ("followers", "followings"):
            refs = [
                registration.ref(pk)
                for registration in registry
                if registration.identifier.startswith("testing.")
                for pk in registration.model._base_manager.values_list("pk", flat=True)
            ]
            counts = self.store.ask(Counts(FOLLOW.name, refs, direction))
            for ref in refs:
                edges = self.pairs(direction, ref)
                self.assertEqual(counts[ref], len(edges), f"{direction} of {ref}")
                self.assertEqual(len({edge[:3] for edge in edges}), len(edges))
