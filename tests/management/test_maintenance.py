"""sequere_stats, sequere_forget, and the commands that rename."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest import mock

from django.test import override_settings

from sequere.handler import get_backend
from sequere.management import renaming
from sequere.models import follow
from sequere.questions import Add
from sequere.registration import registry
from sequere.testing.base import NOON
from sequere.testing.models import Club, Person
from sequere.transfer.renaming import Renamer
from sequere.transfer.statistics import Frequent, Statistics, state_name
from sequere.types import Edge, Ref
from tests.management.test_transfer import MEMORY, SIMPLE, TransferCase, every_edge, run


def edge(source: Any, target: Any, **changes: Any) -> Edge:
    return Edge("follow", source, target, NOON)._replace(**changes)


class RenamingTests(TransferCase):
    def setUp(self) -> None:
        super().setUp()
        self.club = registry.ref(Club.objects.create())
        self.people = [
            registry.ref(Person.objects.create(name=f"p{n}")) for n in range(5)
        ]

    def former(self, ref: Ref) -> Ref:
        return ref._replace(identifier="former")

    def renamer(self) -> Renamer:
        def renamed(ref: Ref) -> Ref:
            is_former = ref.identifier == "former"
            return ref._replace(identifier="testing.person") if is_former else ref

        return Renamer(get_backend(), renamed, mock.Mock(), dry_run=False)

    def test_an_edge_that_a_scan_finds_twice(self) -> None:
        old = [edge(self.former(person), self.club) for person in self.people]
        get_backend().ask(Add([*old, edge(self.people[0], self.club)]))
        renamer = self.renamer()
        for edges in (old[:3], old[2:], old):
            renamer.step(edges)
        assert (renamer.moved, renamer.merged) == (4, 1)
        assert every_edge("default") == {edge(p, self.club) for p in self.people}

    def test_edges_that_are_refused_keep_their_names(self) -> None:
        good = edge(self.former(self.people[0]), self.club)
        bad = {
            edge(Ref("former", "no number"), self.club),
            edge(Ref("former", "987654"), self.club),
        }
        get_backend().ask(Add([good, *bad]))
        command = "sequere_rename_identifier", "former", "testing.person"
        report = self.path("report")
        result = self.figures(*command, "--report", report)
        assert (result["renamed"], result["refused"], self.code) == (1, 2, 1)
        assert every_edge("default") == {good._replace(source=self.people[0]), *bad}
        with open(report) as lines:
            assert len(lines.readlines()) == 2

    def test_a_renaming_goes_on(self) -> None:
        get_backend().ask(
            Add([edge(self.former(person), self.club) for person in self.people])
        )
        command = "sequere_rename_identifier", "former", "testing.person"
        original = Renamer.step
        calls = iter(range(10))

        def step(*args: Any) -> None:
            if next(calls) == 2:
                raise KeyboardInterrupt
            original(*args)

        with (
            mock.patch.object(renaming, "BATCH_SIZE", 1),
            mock.patch.object(Renamer, "step", step),
        ):
            self.figures(*command)
        assert self.code == 130
        place = self.message.rpartition("--resume ")[2].strip("'")
        assert len([e for e in every_edge("default") if e.source in self.people]) == 2
        result = self.figures(*command, "--resume", place)
        assert result["renamed"] == 3
        assert every_edge("default") == {edge(p, self.club) for p in self.people}

    def test_an_unfollow_in_the_midst_is_kept(self) -> None:
        """An edge that is removed between the scan and the step does not come back."""
        old = [edge(self.former(person), self.club) for person in self.people]
        get_backend().ask(Add(old[1:]))
        renamer = self.renamer()
        renamer.step(old)
        assert (renamer.moved, renamer.merged) == (4, 0)
        assert every_edge("default") == {edge(p, self.club) for p in self.people[1:]}

    def test_names_that_cannot_be_given(self) -> None:
        command = "sequere_rename_identifier"
        for old, new in (
            ("former", "nobody"),
            ("testing.person", "testing.club"),
            ("a b", "testing.club"),
        ):
            self.figures(command, old, new)
            assert self.code == 2, (old, new)
        first, second, third = map(str, self.people[:3])
        for refs in (
            [first],
            [first, first],
            [first, second, second, third],
            [first, second, first, third],
            ["nonsense", first],
            [first, "testing.person:x"],
        ):
            self.figures("sequere_rename_ref", *refs)
            assert self.code == 2, refs


class ForgetTests(TransferCase):
    @override_settings(
        SEQUERE_BACKENDS={"default": SIMPLE, "memory": MEMORY, "third": MEMORY}
    )
    def test_everywhere(self) -> None:
        person, club = Person.objects.create(name="one"), Club.objects.create()
        for using in ("default", "memory", "third"):
            get_backend(using).clear()
            follow(person, club, using=using)
        ref = str(registry.ref(person))
        assert self.figures("sequere_forget", ref, "--using=third")["active_edges"] == {
            "third": 1
        }
        result = self.figures("sequere_forget", ref, "--everywhere")
        assert result["active_edges"] == {"default": 1, "memory": 1, "third": 0}
        for using in ("default", "memory", "third"):
            assert every_edge(using) == set()


class StatisticsTests(TransferCase):
    def test_the_text(self) -> None:
        club = registry.ref(Club.objects.create())
        people = [registry.ref(Person.objects.create(name=f"p{n}")) for n in range(3)]
        edges = [edge(person, club) for person in people]
        edges[2] = edges[2]._replace(state=3)
        get_backend("memory").ask(Add(edges))
        assert run("sequere_stats", using="memory") == (
            "3 edges\n"
            "\n"
            "edges  relation  types                           state\n"
            "2      follow    testing.person -> testing.club  active\n"
            "1      follow    testing.person -> testing.club"
            "  requested, archived by its source\n"
            "\n"
            "sources  relation  most followed\n"
            f"2        follow    {club}\n"
        )
        assert self.figures("sequere_stats", "--top=0", "--using=memory")["top"] == []
        self.figures("sequere_stats", "--top=-1")
        assert self.code == 2


def test_frequent_targets_in_bounded_memory() -> None:
    found, counts = Frequent(size=10), Counter[str]()
    for number in range(5000):
        # Each third edge goes to a star; each other target occurs once.
        name = f"star {number % 2}" if number % 3 == 0 else f"{number}"
        found.add(Ref("user", name))
        counts[name] += 1
        assert len(found.counts) <= 10
    assert found.missed < 5000 / 10
    frequent = {name for name, count in counts.items() if count > found.missed}
    assert frequent == {"star 0", "star 1"}
    assert frequent <= {ref.object_id for ref in found.counts}


def test_a_top_that_may_not_be_complete() -> None:
    people = [Ref("testing.person", str(number)) for number in range(30)]
    edges = [edge(a, b) for a in people[:3] for b in people if a != b]
    statistics = Statistics()
    statistics.frequent["follow"] = Frequent(size=5)
    statistics.add(edges)
    with override_settings(SEQUERE_BACKENDS={"default": MEMORY}):
        get_backend().clear()
        top = statistics.top(get_backend(), "follow", 3)
    assert not top.is_complete


def test_names_of_states() -> None:
    assert state_name(0) == "active"
    assert state_name(5) == "requested, archived by its target"
