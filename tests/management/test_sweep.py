"""sequere_sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any
from unittest import mock

from django.test import override_settings

from sequere.backends.base import BaseBackend
from sequere.backends.memory import MemoryBackend
from sequere.declaration import UNTIL
from sequere.handler import get_backend
from sequere.management.commands import sequere_sweep
from sequere.models import follow, is_muting, mute
from sequere.questions import Add, Put
from sequere.registration import registry
from sequere.relations import MUTE
from sequere.relations.sweeping import ended, sweep
from sequere.signals import edges_removed
from sequere.testing.models import Person
from sequere.times import now
from sequere.types import Edge
from tests.backends.redis import servers
from tests.management.test_transfer import MEMORY, SIMPLE, TransferCase, every_edge, run

HOUR = timedelta(hours=1)
STEPWISE = {"BACKEND": f"{__name__}.StepwiseBackend"}
BACKENDS = {"default": SIMPLE, "memory": MEMORY, "stepwise": STEPWISE}
if servers.URLS != [""]:
    BACKENDS["redis"] = servers.backend(prefix="tests-sweep")


class StepwiseBackend(MemoryBackend):
    """A store that has no way of its own to expire edges."""

    _expire: Any = BaseBackend._expire


class Died(BaseException):
    """The process has died: no code runs after it."""


@override_settings(SEQUERE_BACKENDS=BACKENDS)
class SweepTests(TransferCase):
    def setUp(self) -> None:
        super().setUp()
        for using in BACKENDS.keys() - {"default", "memory"}:
            get_backend(using).clear()
            self.addCleanup(get_backend(using).clear)
        self.people = [Person.objects.create(name=f"p{n}") for n in range(5)]

    def mute(self, target: Any, using: str, *, over: bool = True) -> None:
        mute(self.people[0], target, until=now() + HOUR, using=using)
        if over:
            get_backend(using).ask_quietly(Put([self.end(target, now() - HOUR)]))

    def end(self, target: Any, moment: Any) -> Edge:
        ends = registry.ref(self.people[0]), registry.ref(target)
        return Edge(MUTE.name + UNTIL, *ends, moment)

    def test_ended_mutes_go_and_all_else_stays(self) -> None:
        me, one, two, three, four = self.people
        for using in BACKENDS:
            follow(me, one, using=using)
            mute(me, four, using=using)
            self.mute(three, using, over=False)
            kept = every_edge(using)
            assert len(kept) == 4
            self.mute(one, using)
            self.mute(two, using)
            everything = every_edge(using)
            command = "sequere_sweep", f"--using={using}"
            assert self.figures(*command, "--dry-run") == {"edges": 8, "ended": 2}
            assert every_edge(using) == everything
            assert self.figures(*command) == {"edges": 8, "ended": 2}
            assert every_edge(using) == kept
            assert self.figures(*command) == {"edges": 4, "ended": 0}

    def test_the_text(self) -> None:
        self.mute(self.people[1], "memory")
        assert run("sequere_sweep", using="memory") == "edges: 2\nended: 1\n"

    def test_it_goes_on(self) -> None:
        people = Person.objects.bulk_create(Person(name=str(n)) for n in range(40))
        for using in BACKENDS:
            for person in people:
                mute(person, self.people[0], until=now() + HOUR, using=using)
            edges = every_edge(using)
            ends = [e for e in edges if e.relation.endswith(UNTIL)]
            over = [end._replace(created=now() - HOUR) for end in ends]
            get_backend(using).ask_quietly(Put(over))
            calls = count()

            def stopped(
                backend: Any, ends: list[Edge], calls: Iterator[int] = calls
            ) -> int:
                if ends and next(calls) == 2:
                    raise KeyboardInterrupt
                return sweep(backend, ends)

            with (
                mock.patch.object(sequere_sweep, "BATCH_SIZE", 4),
                mock.patch.object(sequere_sweep, "sweep", stopped),
            ):
                command = "sequere_sweep", f"--using={using}"
                self.figures(*command)
            assert self.code == 130
            place = self.message.rpartition("--resume ")[2].strip("'")
            assert 0 < len(every_edge(using)) < 80
            self.figures(*command, f"--resume={place}")
            self.assertEqual(every_edge(using), set(), using)
            assert self.code == 0

    def test_a_process_that_dies_before_any_step(self) -> None:
        """No mute lives longer than its end, and the next run removes the rest."""
        me, one, two, three, _ = self.people
        for using in BACKENDS:
            for last in range(6):
                self.mute(one, using)
                self.mute(two, using)
                self.mute(three, using, over=False)
                ends = ended(every_edge(using))

                def die(number: int, last: int = last) -> None:
                    if number == last:
                        raise Died

                with suppress(Died), before_each_question(using, die):
                    sweep(get_backend(using), ends)
                shown = [is_muting(me, each, using=using) for each in (one, two, three)]
                self.assertEqual(shown, [False, False, True], (using, last))
                self.figures("sequere_sweep", f"--using={using}")
                self.assertEqual(len(every_edge(using)), 2, (using, last))

    def test_the_signal_tells_the_reason(self) -> None:
        heard = []

        def hear(sender: Any, edges: Any, reason: str, **kwargs: Any) -> None:
            heard.append((len(edges), reason))

        self.mute(self.people[1], "default")
        edges_removed.connect(hear, sender=MUTE)
        self.addCleanup(edges_removed.disconnect, hear, sender=MUTE)
        self.figures("sequere_sweep")
        assert heard == [(1, "expired")]

    def test_a_mute_that_was_renewed_since_the_scan(self) -> None:
        me, one, two, three, _ = self.people
        for using in BACKENDS:
            backend = get_backend(using)
            for person in (one, two, three):
                self.mute(person, using)
            ends = ended(every_edge(using))
            assert len(ends) == 3
            mute(me, one, until=now() + HOUR, using=using)
            mute(me, two, using=using)
            assert sweep(backend, ends) == 1
            renewed = [is_muting(me, each, using=using) for each in (one, two, three)]
            assert renewed == [True, True, False]
            assert ended(every_edge(using)) == []
            assert len(every_edge(using)) == 3

    def test_a_mute_that_is_renewed_between_two_steps(self) -> None:
        """Without transactions, a backend shows every step."""
        me, one = self.people[:2]
        for using in BACKENDS.keys() - {"default"}:
            for moment in range(6):
                self.mute(one, using)
                ends = ended(every_edge(using))

                def renew(
                    number: int, using: str = using, moment: int = moment
                ) -> None:
                    if number == moment:
                        mute(me, one, until=now() + HOUR, using=using)

                with before_each_question(using, renew):
                    sweep(get_backend(using), ends)
                    renew(moment)
                self.assertTrue(is_muting(me, one, using=using), (using, moment))
                self.assertEqual(len(every_edge(using)), 2, (using, moment))

    def test_relations_that_do_not_expire(self) -> None:
        ends = registry.ref(self.people[0]), registry.ref(self.people[1])
        edge = Edge("follow", *ends, now() - HOUR)
        get_backend().ask(Add([edge]))
        assert ended([edge]) == []
        assert self.figures("sequere_sweep") == {"edges": 1, "ended": 0}


@contextmanager
def before_each_question(using: str, step: Callable[[int], None]) -> Iterator[None]:
    """Call `step` with the number of each question, before the question is answered:
    also the questions that the plan of a hook asks.
    """
    backend, numbers = get_backend(using), count()
    original = backend._answer

    def answer(question: Any) -> Any:
        with mock.patch.object(backend, "_answer", original):
            step(next(numbers))
        return original(question)

    with mock.patch.object(backend, "_answer", answer):
        yield
