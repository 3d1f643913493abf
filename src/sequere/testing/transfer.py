from __future__ import annotations

import json
import tempfile
from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import override_settings

from sequere.handler import get_backend
from sequere.questions import Add
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW, MUTE
from sequere.testing.base import NOON, needs
from sequere.testing.models import Club
from sequere.testing.scanning import EveryEdge
from sequere.times import now
from sequere.transfer.records import parse_ref
from sequere.types import ACTIVE, Edge

MEMORY = {"BACKEND": "sequere.backends.memory.MemoryBackend"}


class TransferTests(EveryEdge):
    """Every edge is exported to a file, and imported again."""

    def run_command(self, *arguments: str) -> str:
        stdout = StringIO()
        call_command(*arguments, stdout=stdout, stderr=StringIO())
        return stdout.getvalue()

    def test_the_round_trip_by_a_file_is_exact(self) -> None:
        edges = self.edges()
        both = {"default": self.backend, "elsewhere": MEMORY, **self.others}
        for name in ("edges.csv", "edges.jsonl.gz"):
            with (
                self.subTest(name),
                override_settings(SEQUERE_BACKENDS=both),
                tempfile.TemporaryDirectory() as folder,
            ):
                path = str(Path(folder) / name)
                self.addCleanup(get_backend("elsewhere").clear)
                self.store.ask(Add([*edges]))
                self.run_command("sequere_export", path)
                self.run_command("sequere_import", path, "--using=elsewhere")
                self.assertEqual(stored("elsewhere"), edges)
                self.store.clear()
                self.run_command("sequere_export", path, "--using=elsewhere")
                # The second import changes nothing.
                self.run_command("sequere_import", path)
                self.run_command("sequere_import", path)
                self.assertEqual(stored("default"), edges)
                self.assert_true_counts()
                self.store.clear()

    @needs("supports_policy")
    def test_blocks_and_mutes_make_the_round_trip(self) -> None:
        both = {"default": self.backend, "elsewhere": MEMORY, **self.others}
        one, two, three = self.people(3)
        BLOCK.add(one, two)
        MUTE.add(one, three, until=now() + timedelta(days=1))
        FOLLOW.add(three, one)
        edges = set(self.every_edge())
        self.assertEqual(len(edges), 4)
        with (
            override_settings(SEQUERE_BACKENDS=both),
            tempfile.TemporaryDirectory() as folder,
        ):
            path = str(Path(folder) / "edges.csv")
            self.addCleanup(get_backend("elsewhere").clear)
            self.run_command("sequere_export", path)
            self.run_command("sequere_import", path, "--using=elsewhere")
            self.assertEqual(stored("elsewhere"), edges)
            self.store.clear()
            # The imported block cuts this follow, and bars new follows.
            FOLLOW.add(two, one)
            self.run_command("sequere_import", path)
            self.assertEqual(stored("default"), edges)
            self.assertIs(FOLLOW.add(two, one), False)
            self.assertIs(FOLLOW.add(one, two), False)

    @needs("supports_policy")
    def test_the_blocks_of_two_resources_are_merged(self) -> None:
        one, two, other = self.people(3)
        BLOCK.add(one, other)
        self.figures("sequere_rename_ref", *(str(registry.ref(e)) for e in (one, two)))
        self.assertIs(FOLLOW.add(other, two), False)
        self.assertIs(FOLLOW.add(other, one), True)
        BLOCK.remove(two, other)
        self.assertIs(FOLLOW.add(other, two), True)

    def figures(self, *arguments: str) -> Any:
        return json.loads(self.run_command(*arguments, "--format=json"))

    def test_an_identifier_is_renamed(self) -> None:
        edges = self.edges()
        old = {renamed(edge, "testing.person", "former") for edge in edges}
        self.assertNotEqual(old, edges)
        self.store.ask(Add([*old]))
        command = "sequere_rename_identifier", "former", "testing.person"
        result = self.figures(*command, "--dry-run")
        self.assertEqual(set(self.every_edge()), old)
        self.assertEqual(self.figures(*command)["renamed"], result["renamed"])
        self.assertEqual(set(self.every_edge()), edges)
        self.assertEqual(self.figures(*command)["renamed"], 0)
        self.assert_true_counts()

    def test_what_was_interrupted_is_renamed(self) -> None:
        """Some edges have both names, as after a process was killed."""
        edges = self.edges()
        old = {renamed(edge, "testing.person", "former") for edge in edges}
        both = sorted(edges)[::2]
        self.store.ask(Add([*old, *both]))
        result = self.figures("sequere_rename_identifier", "former", "testing.person")
        self.assertEqual(set(self.every_edge()), edges)
        self.assertEqual(result["already_there"], len(set(both) - old))
        self.assert_true_counts()

    def test_two_resources_are_merged(self) -> None:
        one, two, other = self.people(3)
        FOLLOW.add_many([(one, other, NOON), (two, other), (one, two), (other, one)])
        refs = [str(registry.ref(each)) for each in (one, two)]
        heard = self.listen()
        result = self.figures("sequere_rename_ref", *refs)
        self.assertEqual(heard, [])
        self.assertEqual(
            (result["renamed"], result["already_there"], result["removed_loops"]),
            (1, 1, 1),
        )
        ends = {(edge.source, edge.target) for edge in self.every_edge()}
        source, target = registry.ref(two), registry.ref(other)
        self.assertEqual(ends, {(source, target), (target, source)})
        self.assert_true_counts()

    def test_statistics(self) -> None:
        self.assertEqual(self.figures("sequere_stats")["edges"], 0)
        edges = self.edges()
        self.store.ask(Add([*edges]))
        result = self.figures("sequere_stats", "--top=3")
        self.assertEqual(result["edges"], len(edges))
        groups = Counter(
            (e.relation, e.source.identifier, e.target.identifier, e.state)
            for e in edges
        )
        found = [tuple(group.values()) for group in result["groups"]]
        self.assertEqual(found, [(*group, groups[group]) for group in sorted(groups)])
        for each in result["top"]:
            target = parse_ref(each["target"])
            sources = [
                edge
                for edge in edges
                if edge.state == ACTIVE
                and (edge.relation, edge.target) == (each["relation"], target)
            ]
            self.assertEqual(each["sources"], len(sources))
        if result["bytes"] is not None:
            self.assertGreater(result["bytes_per_edge"], 1)
        self.assertIn(f"{len(edges)} edges", self.run_command("sequere_stats"))

    def test_a_resource_is_forgotten(self) -> None:
        edges = self.edges()
        self.store.ask(Add([*edges]))
        [club] = {registry.ref(each) for each in Club.objects.all()}
        self.run_command("sequere_forget", str(club), "--dry-run")
        self.assertEqual(set(self.every_edge()), edges)
        result = self.figures("sequere_forget", str(club))
        active = [e for e in edges if club in (e.source, e.target) and not e.state]
        self.assertEqual(result["active_edges"], {"default": len(active)})
        rest = {edge for edge in edges if club not in (edge.source, edge.target)}
        self.assertEqual(set(self.every_edge()), rest)


def renamed(edge: Edge, old: str, new: str) -> Edge:
    source, target = (
        ref._replace(identifier=new) if ref.identifier == old else ref
        for ref in (edge.source, edge.target)
    )
    return edge._replace(source=source, target=target)


def stored(using: str) -> set[Edge]:
    return {edge for edges in get_backend(using).scan() for edge in edges}
