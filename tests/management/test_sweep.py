"""sequere_sweep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock

from django.test import override_settings

from sequere.declaration import UNTIL
from sequere.handler import get_backend
from sequere.management.commands import sequere_sweep
from sequere.models import follow, is_muting, mute
from sequere.questions import Add, Put, Remove
from sequere.registration import registry
from sequere.relations import MUTE
from sequere.relations.sweeping import ended, sweep
from sequere.signals import edges_removed
from sequere.testing.models import Person
from sequere.times import now
from sequere.types import Edge
from tests.management.test_transfer import MEMORY, SIMPLE, TransferCase, every_edge, run

HOUR = timedelta(hours=1)
ALIASES = "default", "memory"


@override_settings(SEQUERE_BACKENDS={"default": SIMPLE, "memory": MEMORY})
class SweepTests(TransferCase):
    def setUp(self) -> None:
        super().setUp()
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
        for using in ALIASES:
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
        for person in self.people[1:]:
            self.mute(person, "default")
        calls = iter(range(10))

        def stopped(*args: Any) -> int:
            if next(calls) == 2:
                raise KeyboardInterrupt
            return sweep(*args)

        with (
            mock.patch.object(sequere_sweep, "BATCH_SIZE", 2),
            mock.patch.object(sequere_sweep, "sweep", stopped),
        ):
            self.figures("sequere_sweep")
        assert self.code == 130
        place = self.message.rpartition("--resume ")[2].strip("'")
        before = len(every_edge("default"))
        assert 0 < before < 8
        self.figures("sequere_sweep", "--resume", place)
        assert every_edge("default") == set()

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
        for using in ALIASES:
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
        self.mute(one, "memory")
        backend = get_backend("memory")
        original = backend.ask

        def ask(question: Any) -> Any:
            answer = original(question)
            if isinstance(question, Remove) and question.relation.endswith(UNTIL):
                with mock.patch.object(backend, "ask", original):
                    mute(me, one, until=now() + HOUR, using="memory")
            return answer

        with mock.patch.object(backend, "ask", ask):
            assert sweep(backend, ended(every_edge("memory"))) == 1
        assert is_muting(me, one, using="memory")
        assert len(every_edge("memory")) == 2

    def test_relations_that_do_not_expire(self) -> None:
        ends = registry.ref(self.people[0]), registry.ref(self.people[1])
        edge = Edge("follow", *ends, now() - HOUR)
        get_backend().ask(Add([edge]))
        assert ended([edge]) == []
        assert self.figures("sequere_sweep") == {"edges": 1, "ended": 0}
