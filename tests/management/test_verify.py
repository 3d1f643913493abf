"""sequere_verify and sequere_copy, as a script calls them."""

from __future__ import annotations

import json
import tracemalloc
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.test import TransactionTestCase, override_settings

from sequere.api import (
    block,
    follow,
    follow_many,
    get_followers_count,
    is_following,
)
from sequere.backends.memory import MemoryBackend
from sequere.handler import get_backend
from sequere.models import EdgeRow
from sequere.questions import Add, Remove, Scan
from sequere.registration import registry
from sequere.testing.base import NOON
from sequere.testing.models import Club, Person
from sequere.testing.verifying import without_pauses
from sequere.types import Edge, Pair, Ref
from sequere.verifying.comparing import compare

MEMORY = {"BACKEND": "sequere.backends.memory.MemoryBackend"}
SIMPLE = {"BACKEND": "sequere.backends.simple.SimpleBackend"}


@override_settings(SEQUERE_BACKENDS={"default": SIMPLE, "copy": MEMORY})
class CommandCase(TransactionTestCase):
    def setUp(self) -> None:
        get_backend("copy").clear()
        self.addCleanup(get_backend("copy").clear)
        self.club = Club.objects.create()
        self.people = [Person.objects.create(name=f"p{n}") for n in range(4)]
        follow_many((person, self.club, NOON) for person in self.people)

    def call(self, *arguments: str) -> str:
        output = StringIO()
        call_command(*arguments, stdout=output, stderr=StringIO())
        return output.getvalue()

    def fails(self, code: int, text: str, *arguments: str) -> str:
        """Return the stdout of a command that fails."""
        output = StringIO()
        with self.assertRaisesMessage(CommandError, text) as caught:
            call_command(*arguments, stdout=output, stderr=StringIO())
        self.assertEqual(caught.exception.returncode, code)
        return output.getvalue()

    def edge(self, person: Person) -> Edge:
        return Edge("follow", registry.ref(person), registry.ref(self.club), NOON)

    def edges(self, alias: str) -> set[Edge]:
        return {edge for edges in get_backend(alias).scan() for edge in edges}


class VerifyTests(CommandCase):
    def test_nothing_is_wrong(self) -> None:
        text = "4 edges looked at, 0 problems found, 0 mended.\n"
        self.assertEqual(self.call("sequere_verify"), text)
        self.assertEqual(self.call("sequere_verify", "--repair"), text)

    def test_problems_are_shown_and_mended(self) -> None:
        gone = registry.ref(self.people[0])
        Person.objects.filter(pk=self.people[0].pk)._raw_delete("default")
        text = f"{gone}: edges name it, and its row does not exist\n"
        found = "4 edges looked at, 1 problems found"
        failure = "1 problems. Mend them with --repair."
        self.assertEqual(
            self.fails(1, failure, "sequere_verify"), f"{text}{found}, 0 mended.\n"
        )
        output = self.fails(1, failure, "sequere_verify", "--format", "json")
        self.assertEqual(
            json.loads(output),
            {
                "edges": 4,
                "problems": 1,
                "mended": 0,
                "found": [
                    {
                        "where": str(gone),
                        "what": "edges name it, and its row does not exist",
                        "by_hand": False,
                    }
                ],
            },
        )
        output = self.call("sequere_verify", "--repair")
        self.assertEqual(output, f"{text}{found}, 1 mended.\n")
        self.assertEqual(get_followers_count(self.club), 3)

    def test_edges_beside_a_block(self) -> None:
        one, other, *_ = self.people
        refs = registry.ref(one), registry.ref(other)
        block(one, other)
        EdgeRow.objects.filter(state__gt=7).update(state=0)
        self.assertIs(is_following(other, one), True)
        output = self.fails(1, "1 problems", "sequere_verify")
        text = f"{refs[0]} -> {refs[1]} (block): edges that it bars stand beside it\n"
        self.assertIn(text, output)
        self.call("sequere_verify", "--repair")
        self.assertIs(is_following(other, one), False)
        self.assertEqual(get_followers_count(one), 0)
        self.assertIs(follow(other, one), False)
        self.assertIn("0 problems", self.call("sequere_verify"))

    def test_problems_that_are_left(self) -> None:
        options = type(registry.get_for_model(Club).options)
        registry.unregister(Club)
        try:
            text = "1 problems are left: mend them by hand, then repair again."
            output = self.fails(1, text, "sequere_verify", "--repair")
        finally:
            registry.register(Club, options)
        self.assertIn("testing.club: edges name it, and no registered model", output)

    def test_wrong_options(self) -> None:
        self.fails(2, "'nowhere'", "sequere_verify", "--using", "nowhere")
        self.fails(2, "'x'", "sequere_verify", "--resume", "x")
        self.fails(2, "'x'", "sequere_verify", "--against", "copy", "--resume", "x")
        self.fails(2, "'nowhere'", "sequere_verify", "--against", "nowhere")
        text = "sequere_copy FROM TO"
        self.fails(2, text, "sequere_verify", "--against", "copy", "--repair")


class CompareTests(CommandCase):
    def test_differences_are_shown(self) -> None:
        a, b, *_ = map(self.edge, self.people)
        others = [self.edge(person) for person in self.people[2:]]
        late = b._replace(state=2, level=7)
        extra = a._replace(source=a.target, target=a.source)
        get_backend("copy").ask(Add([late, extra, *others]))
        text = "3 differences. Make one backend a copy of the other"
        output = self.fails(1, text, "sequere_verify", "--against", "copy")
        self.assertEqual(
            set(output.splitlines()),
            {
                f"{a.source} -> {a.target} (follow): only in 'default'",
                f"{b.source} -> {b.target} (follow): state is 0 in 'default' and 2 in "
                "'copy'; level is 0 in 'default' and 7 in 'copy'",
                f"{a.target} -> {a.source} (follow): only in 'copy'",
                "3 differences found.",
            },
        )

    def test_nothing_differs(self) -> None:
        get_backend("copy").ask(Add([self.edge(person) for person in self.people]))
        output = self.call("sequere_verify", "--against", "copy", "--format", "json")
        self.assertEqual(json.loads(output), {"differences": 0, "found": []})

    def test_memory_does_not_grow_with_the_edges(self) -> None:
        """The edges of both sides would take about 30 MB."""
        one, other = MemoryBackend(f"{self.id()} 1"), MemoryBackend(f"{self.id()} 2")
        self.addCleanup(one.clear)
        self.addCleanup(other.clear)
        edges = [
            Edge("follow", Ref("a", str(source)), Ref("b", str(target)), NOON)
            for source in range(200)
            for target in range(100)
        ]
        one.ask(Add(edges))
        other.ask(Add(edges[1:]))
        other.ask(Remove("follow", [Pair(*edges[-1][1:3])]))
        with without_pauses():
            list(compare(one, other))
            tracemalloc.start()
            try:
                found = [
                    slot for step in compare(one, other) for slot in step.differences
                ]
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        self.assertEqual(set(found), {edges[0][:3], edges[-1][:3]})
        self.assertLess(peak, 15 * 2**20)


class CopyTests(CommandCase):
    def test_a_copy(self) -> None:
        edges = self.edges("default")
        output = self.call("sequere_copy", "default", "copy")
        self.assertEqual(output, "4 edges copied, 0 differences mended, 0 left.\n")
        self.assertEqual(self.edges("copy"), edges)

    def test_a_copy_that_is_not_empty(self) -> None:
        extra = self.edge(Person.objects.create(name="extra"))
        get_backend("copy").ask(Add([extra]))
        text = "'copy' has edges. The copy would remove edges that 'default'"
        self.fails(2, text, "sequere_copy", "default", "copy")
        self.assertEqual(self.edges("copy"), {extra})
        output = self.call("sequere_copy", "default", "copy", "--dry-run")
        self.assertIn("5 edges would be written or removed.", output)
        self.assertIn("only in 'copy'", output)
        self.assertEqual(self.edges("copy"), {extra})
        output = self.call("sequere_copy", "default", "copy", "--replace")
        self.assertEqual(output, "4 edges copied, 1 differences mended, 0 left.\n")
        self.assertEqual(self.edges("copy"), self.edges("default"))

    def test_edges_that_cannot_be_copied(self) -> None:
        there = [self.edge(person) for person in self.people]
        gone = there[0]._replace(source=Ref("testing.person", "999999999"))
        get_backend("copy").ask(Add([*there, gone]))
        text = "sequere_verify --repair --using copy, then copy again"
        with without_pauses():
            arguments = "sequere_copy", "copy", "default", "--replace"
            output = self.fails(1, text, *arguments, "--format", "json")
        figures: dict[str, Any] = json.loads(output)
        self.assertEqual((figures["copied"], figures["left"]), (5, 1))
        self.assertEqual(figures["found"][0]["what"], "only in 'copy'")
        self.call("sequere_verify", "--repair", "--using", "copy")
        self.call("sequere_copy", "copy", "default", "--replace")
        self.assertEqual(self.edges("default"), self.edges("copy"))

    def test_going_on(self) -> None:
        _, place = get_backend().ask(Scan(limit=2))
        self.call("sequere_copy", "default", "copy", "--resume", f"copy:{place}")
        self.assertEqual(self.edges("copy"), self.edges("default"))

    def test_wrong_options(self) -> None:
        self.fails(2, "itself", "sequere_copy", "copy", "copy")
        self.fails(2, "'nowhere'", "sequere_copy", "default", "nowhere")
        self.fails(2, "'x'", "sequere_copy", "default", "copy", "--resume", "x")
