"""Observers see every call of a backend, and change none."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any

import pytest
from django.test import SimpleTestCase, TestCase

from sequere import observing
from sequere.api import (
    afollow,
    block_many,
    follow,
    follow_many,
    followings_among,
    get_followers,
    get_followers_counts,
    get_followings_count,
    is_following,
    unblock,
    unfollow,
)
from sequere.backends.memory import MemoryBackend
from sequere.exceptions import NotSupported, SelfFollow
from sequere.handler import get_backend
from sequere.observing import Call, Running, add_observer, remove_observer
from sequere.questions import Add, Archive, Contains, Scan
from sequere.signals import followed
from sequere.testing.base import NOON
from sequere.testing.models import Person
from sequere.types import Edge, Ref

ME = Ref("testing.person", "1")
OTHERS = [Ref("testing.club", str(number)) for number in range(20)]


class ObservingCase(SimpleTestCase):
    def setUp(self) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.observe(self.keep)
        backend = get_backend("memory")
        backend.clear()
        self.addCleanup(backend.clear)

    def observe(self, observer: observing.Observer) -> None:
        add_observer(observer)
        self.addCleanup(remove_observer, observer)

    def keep(self, call: Call) -> Running:
        assert (call.answer, call.error, call.seconds) == (None, None, 0)
        yield
        assert call.seconds > 0
        self.seen.append((call.verb, call.relation, call.size, call.results))
        self.last = call.alias, call.asynchronous, call.outcome

    def verbs(self) -> list[str]:
        return [verb for verb, *_ in self.seen]


class CallTests(ObservingCase):
    def test_verbs_and_sizes(self) -> None:
        follow(ME, OTHERS[0], using="memory")
        follow_many(((ME, other) for other in OTHERS), using="memory")
        is_following(ME, OTHERS[0], using="memory")
        get_followers(OTHERS[0], using="memory").refs().page(10)
        get_followers_counts(OTHERS, using="memory")
        get_followings_count(ME, using="memory")
        followings_among(ME, OTHERS[3:6], using="memory")
        unfollow(ME, OTHERS[0], using="memory")
        block_many([(ME, OTHERS[1])], using="memory")
        unblock(ME, OTHERS[1], using="memory")
        get_backend("memory").ask(Scan())
        self.assertEqual(
            self.seen,
            [
                ("add", "follow", 1, 1),
                ("add", "follow", 20, 19),
                ("contains", "follow", 1, 1),
                ("page", "follow", 1, 1),
                ("counts", "follow", 20, 20),
                ("counts", "follow", 1, 1),
                ("lookup", "follow", 3, 3),
                ("remove", "follow", 1, 1),
                ("block", "block", 1, 1),
                ("unblock", "block", 1, 1),
                ("scan", "", 1, 18),
            ],
        )
        self.assertEqual(self.last, ("memory", False, "ok"))

    def test_moved_edges_are_observed_too(self) -> None:
        edge = Edge("follow", ME, OTHERS[0], NOON)
        get_backend("memory").ask_quietly(Add([edge, edge._replace(target=OTHERS[1])]))
        self.assertEqual(self.seen, [("add", "follow", 2, 2)])

    def test_questions_that_are_refused(self) -> None:
        with self.assertRaises(SelfFollow):
            follow(ME, ME, using="memory")
        self.assertEqual(self.seen, [("add", "follow", 1, None)])
        self.assertEqual(self.last, ("memory", False, "SelfFollow"))
        wrong: Any = [["testing.club", "1"]]
        refused: list[Any] = [wrong, iter(wrong), 7]
        for edges in refused:
            with self.assertRaises((TypeError, ValueError, AttributeError)):
                get_backend("memory").ask(Add(edges))
        self.assertEqual([relation for _, relation, *_ in self.seen[1:]], [""] * 3)

    def test_questions_within_questions(self) -> None:
        class Nested(MemoryBackend):
            def _contains(self, asked: Contains) -> bool:
                return bool(self.ask(Add([Edge("follow", ME, OTHERS[3], NOON)])))

            def _archive(self, asked: Archive) -> Any:
                raise self._lacks("supports_archive", "cannot archive edges")

        backend = Nested("nested")
        self.assertIs(backend.ask(Contains("follow", ME, OTHERS[3])), True)
        self.assertEqual(self.verbs(), ["contains"])
        with self.assertRaises(NotSupported):
            backend.ask(Archive("follow", ME))
        self.assertEqual(self.last, ("nested", False, "NotSupported"))

    def test_receivers_ask_on_their_own(self) -> None:
        def count(edge: Edge, **kwargs: Any) -> None:
            get_followings_count(edge.source, using="memory")

        followed.connect(count)
        self.addCleanup(followed.disconnect, count)
        follow(ME, OTHERS[0], using="memory")
        self.assertEqual(self.verbs(), ["add", "counts"])

    def test_names_of_systems(self) -> None:
        self.assertEqual(get_backend("memory").system, "MemoryBackend")


class ObserverTests(ObservingCase):
    def test_each_is_called_once_and_until_it_is_removed(self) -> None:
        add_observer(self.keep)
        follow(ME, OTHERS[0], using="memory")
        remove_observer(self.keep)
        remove_observer(self.keep)
        follow(ME, OTHERS[1], using="memory")
        self.assertEqual(self.verbs(), ["add"])

    def test_an_observer_that_fails_breaks_no_call(self) -> None:
        def before(call: Call) -> Running:
            raise ValueError("before")
            yield

        def after(call: Call) -> Running:
            yield
            raise ValueError("after")

        def twice(call: Call) -> Running:
            yield
            yield
            self.fail("It yielded twice.")

        def plain(call: Call) -> Any:
            """Not a generator function."""

        for observer in (before, after, twice, plain):
            self.observe(observer)
        with self.assertLogs("sequere.observing", "ERROR") as logs:
            self.assertIs(follow(ME, OTHERS[0], using="memory"), True)
        self.assertEqual(len(logs.records), 3)
        for record in logs.records:
            self.assertNotIn(str(ME), record.getMessage())
        self.assertIs(is_following(ME, OTHERS[0], using="memory"), True)
        self.assertEqual(self.verbs(), ["add", "contains"])

    def test_an_interrupt_is_not_swallowed(self) -> None:
        def interrupted(call: Call) -> Running:
            yield
            raise KeyboardInterrupt

        self.observe(interrupted)
        with self.assertRaises(KeyboardInterrupt):
            follow(ME, OTHERS[0], using="memory")
        remove_observer(interrupted)
        self.assertIs(is_following(ME, OTHERS[0], using="memory"), True)
        self.assertEqual(self.verbs(), ["contains"])

    def test_threads(self) -> None:
        threads = [
            Thread(target=follow, args=[ME, other], kwargs={"using": "memory"})
            for other in OTHERS
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.verbs(), ["add"] * 20)

    async def test_tasks(self) -> None:
        await asyncio.gather(*(afollow(ME, each, using="memory") for each in OTHERS))
        self.assertEqual(self.verbs(), ["add"] * 20)
        self.assertEqual(self.last, ("memory", True, "ok"))

    async def test_a_cancelled_task(self) -> None:
        reached = asyncio.Event()

        class Slow(MemoryBackend):
            supports_async = True

            async def _aanswer(self, question: Any) -> Any:
                reached.set()
                await asyncio.Event().wait()

        task = asyncio.ensure_future(
            Slow("slow").aask(Contains("follow", ME, OTHERS[0]))
        )
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        self.assertEqual(self.last, ("slow", True, "CancelledError"))


class DatabaseTests(TestCase):
    def test_the_name_of_the_engine(self) -> None:
        systems: list[str] = []

        def keep(call: Call) -> Running:
            systems.append(call.backend.system)
            yield

        add_observer(keep)
        self.addCleanup(remove_observer, keep)
        is_following(*(Person.objects.create() for _ in range(2)))
        self.assertIn(systems, [["sqlite"], ["postgresql"], ["mariadb"], ["redis"]])
