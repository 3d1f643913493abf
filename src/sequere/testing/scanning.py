from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sequere.api import follow, follow_many, get_followers_count, unfollow
from sequere.exceptions import InvalidCursor
from sequere.questions import Add, Scan
from sequere.testing.base import NOON, SECOND, ConformanceCase
from sequere.testing.identity import AWKWARD
from sequere.testing.models import Club, Label
from sequere.types import Edge


class EveryEdge(ConformanceCase):
    def edges(self) -> set[Edge]:
        """Return some edges of every relation, state and type."""
        everything = self.one_of_each()
        pairs = [(a, b) for a in everything for b in everything if a is not b]
        names = ["follow", "testing.bookmark", "testing.like"]
        return {
            self.edge(a, b, NOON + number * SECOND, names[number % 3])._replace(
                state=number % 8, level=number
            )
            for number, (a, b) in enumerate(pairs)
        }


class ScanTests(EveryEdge):
    """A scan finds every edge, step by step."""

    def steps(self, limit: int) -> Iterator[list[Edge]]:
        after: str | None = None
        while True:
            edges, after = self.store.ask(Scan(after, limit=limit))
            yield edges
            if after is None:
                return

    def test_a_scan_of_nothing(self) -> None:
        self.assertEqual(list(self.every_edge()), [])

    def test_a_scan_finds_everything(self) -> None:
        edges = self.edges()
        self.store.ask(Add([*edges]))
        self.assertEqual(set(self.every_edge()), edges)
        for limit in (1, 3, 10_000):
            found = [edge for step in self.steps(limit) for edge in step]
            self.assertEqual(set(found), edges)

    def test_a_scan_is_resumed_by_another_process(self) -> None:
        edges = self.edges()
        self.store.ask(Add([*edges]))
        found, after = self.store.ask(Scan(limit=3))
        while after is not None:
            # Callers keep the place as text.
            more, after = self.store.ask(Scan(str(after.encode(), "utf-8"), limit=3))
            found += more
        self.assertEqual(set(found), edges)

    def test_a_scan_of_any_text(self) -> None:
        club = Club.objects.create()
        labels = [Label.objects.create(name=name) for name in AWKWARD]
        follow_many((label, club, NOON) for label in labels)
        follow_many((club, label, NOON) for label in labels)
        found = {edge for step in self.steps(1) for edge in step}
        self.assertEqual(len(found), 2 * len(labels))
        self.assertEqual(
            {edge.source.object_id for edge in found} - {str(club.pk)}, set(AWKWARD)
        )

    def test_a_scan_while_others_write(self) -> None:
        clubs, people = [Club.objects.create() for _ in range(3)], self.people(60)
        stays = people[::2]
        follow_many((person, clubs[0], NOON) for person in people)
        seen: set[Any] = set()
        for step, found in enumerate(self.steps(7)):
            seen |= {edge.source.object_id for edge in found}
            if step < 20:
                unfollow(people[2 * step + 1], clubs[0])
                follow(people[step], clubs[1 + step % 2])
        self.assertLessEqual({str(person.pk) for person in stays}, seen)

    def test_a_scan_of_many_is_bounded(self) -> None:
        """A step returns about as many edges as its limit."""
        star, *crowd = self.people(1200)
        follow_many((person, star) for person in crowd)
        sizes = [len(step) for step in self.steps(100)]
        self.assertGreaterEqual(sum(sizes), len(crowd))
        self.assertLessEqual(max(sizes), 1000)

    def test_places_that_no_scan_returned(self) -> None:
        follow(*self.people(2))
        nonsense: list[Any] = [
            *(
                "nonsense",
                "é",
                "\0",
                "\ud800",
                "{}",
                "[]",
                "null",
                "[[[[",
                "1e9",
                "0x1",
            ),
            *("9" * 30, "9" * 5000, "x" * 1000, 7, b"x", ["x"], object()),
        ]
        for place in nonsense:
            with self.subTest(place=place):
                self.refused(InvalidCursor, self.store.ask, Scan(place))
        for limit in (0, -1):
            self.refused(ValueError, self.store.ask, Scan(limit=limit))

    def test_clear_empties_every_state(self) -> None:
        edges = self.edges()
        self.store.ask(Add([*edges]))
        self.store.clear()
        self.assertEqual(list(self.every_edge()), [])
        self.assertEqual(
            self.store.ask(Add([*edges])) and set(self.every_edge()), edges
        )
        self.store.clear()
        self.assertEqual(get_followers_count(Club.objects.get()), 0)
