"""verify() finds counts that differ from their edges, and repair() corrects them beside
writers.
"""

from __future__ import annotations

import random
import threading
from typing import Any
from unittest import mock

from django.db import connection, connections

from sequere.api import (
    archive,
    follow,
    follow_many,
    get_followers_count,
    restore,
    unfollow,
)
from sequere.backends.simple import drift
from sequere.exceptions import InvalidCursor
from sequere.questions import Counts, Forget
from sequere.registration import registry
from sequere.testing.models import Label, Person
from sequere.testing.verifying import beside, problems_in
from sequere.types import Ref
from tests.backends.test_simple_triggers import TriggerCase, execute


class DriftTests(TriggerCase):
    def drift(self) -> dict[Any, int]:
        """Return the difference between each stored count and the edges."""
        sums = (
            "SELECT identifier, object_id, relation, direction, state, "
            "other_identifier, SUM(part) FROM ("
            "SELECT identifier, object_id, relation, direction, state, "
            "other_identifier, total AS part FROM sequere_count UNION ALL "
            "SELECT to_identifier, to_object_id, relation, 'followers', state, "
            "from_identifier, -1 FROM sequere_edge WHERE state < 2 UNION ALL "
            "SELECT from_identifier, from_object_id, relation, 'followings', state, "
            "to_identifier, -1 FROM sequere_edge WHERE state < 2) parts "
            "GROUP BY identifier, object_id, relation, direction, state, "
            "other_identifier"
        )
        return {tuple(key): int(part) for *key, part in execute(sums) if part}

    def damage(self) -> None:
        """Damage counts in every way: too high, too low, missing, and without edges."""
        a, b, c, *_ = (str(person.pk) for person in self.people)
        person = "WHERE identifier = 'testing.person' AND object_id = %s"
        self.let_counts_be_written()
        execute(f"UPDATE sequere_count SET total = total + 7 {person}", [a])
        execute(f"UPDATE sequere_count SET total = total - 2 {person}", [b])
        execute(f"DELETE FROM sequere_count {person}", [c])
        execute(
            "INSERT INTO sequere_count (object_id, identifier, relation, direction, "
            "state, other_identifier, total) "
            "VALUES ('none', 'testing.person', 'follow', 'followers', 1, 'x', 3)"
        )

    def let_counts_be_written(self) -> None:
        """On PostgreSQL a trigger refuses rows that do not come from edges."""
        if connection.vendor == "postgresql":
            execute("SET sequere.recount = 'on'")
            self.addCleanup(execute, "SET sequere.recount = 'off'")

    def test_each_kind_of_difference(self) -> None:
        self.damage()
        wrong = self.drift()
        self.assertEqual(len(wrong), 4)
        found = problems_in(self.backend.verify())
        self.assertEqual(self.drift(), wrong)
        self.assertEqual(len(found), 4)
        refs = {f"{identifier}:{object_id}" for identifier, object_id, *_ in wrong}
        self.assertEqual({each.where for each in found}, refs)
        [text] = [each.what for each in found if each.where.endswith(":none")]
        self.assertEqual(
            text,
            "0 followers with the identifier 'x' in state 1 (follow) are counted as 3",
        )
        self.assertEqual(len(problems_in(self.backend.repair())), 4)
        self.assertEqual(self.drift(), {})
        self.assertEqual(problems_in(self.backend.repair()), [])
        [(rows,)] = execute("SELECT COUNT(*) FROM sequere_count")
        self.assertEqual(rows, 5)
        self.assert_counts_hold()

    def test_parts_of_any_text(self) -> None:
        labels = [
            Label.objects.create(name=name)
            for name in ("A", "a", "a ", "", "é", "\n", "%s", "Z", "\U0001f600", "10")
        ]
        follow_many((label, self.club) for label in labels)
        follow_many((self.club, label) for label in labels)
        execute("UPDATE sequere_count SET total = total + 1")
        wrong = self.drift()
        for size in (1, 3, 100):
            with self.subTest(size=size), mock.patch.object(drift, "PART_SIZE", size):
                steps = list(self.backend.verify())
                found = problems_in(iter(steps))
                self.assertEqual(len(found), len(wrong))
                looked_at = [step for step in steps if step.part == "store"]
                self.assertEqual(sum(step.edges for step in looked_at), 4 + 2 * 10)
                for number, step in enumerate(looked_at[:-1], 1):
                    rest = problems_in(self.backend.verify(resume=step.resume))
                    before = problems_in(iter(steps[:number]))
                    self.assertLessEqual(set(found), {*before, *rest})
        with mock.patch.object(drift, "PART_SIZE", 2):
            list(self.backend.repair())
        self.assertEqual(self.drift(), {})
        for place in ("store:\0", "store:" + "x" * 300):
            with self.assertRaises(InvalidCursor):
                list(self.backend.verify(resume=place))

    def test_beside_writers(self) -> None:
        """A repair corrects the stored error only, while writers change the counts."""
        people = Person.objects.bulk_create(Person(name=f"w{n}") for n in range(8))
        self.damage()
        wrong = len(self.drift())

        def write(number: int) -> None:
            # The count of the first of the old edges is wrong.
            one, other = random.sample([*people, self.people[0]], 2)
            verb = random.choice([follow, follow, unfollow])
            verb(one, self.club)
            verb(one, other)

        def hide(number: int) -> None:
            person = random.choice(people)
            archive(person)
            restore(person)

        def forget(number: int) -> None:
            self.backend.ask(Forget([registry.ref(random.choice(people))]))
            follow_many((person, people[0]) for person in people[1:])

        with beside(write, write, hide, forget):
            self.assertEqual(len(problems_in(self.backend.verify())), wrong)
            self.assertEqual(len(problems_in(self.backend.repair())), wrong)
            for _ in range(5):
                self.assertEqual(problems_in(self.backend.verify()), [])
                self.assertEqual(problems_in(self.backend.repair()), [])
        self.assertEqual(self.drift(), {})

    def test_two_who_repair_at_once(self) -> None:
        for _ in range(3):
            self.damage()
            start = threading.Barrier(3)

            def repair(start: threading.Barrier = start) -> None:
                try:
                    start.wait()
                    list(self.backend.repair())
                finally:
                    connections.close_all()

            threads = [threading.Thread(target=repair) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(self.drift(), {})
            self.assertEqual(get_followers_count(self.club), 4)

    def test_edges_that_went_without_the_triggers(self) -> None:
        if connection.vendor != "mysql":
            self.skipTest("other engines call a trigger, or have no TRUNCATE")
        execute("TRUNCATE sequere_edge")
        self.assertEqual(len(problems_in(self.backend.repair())), 5)
        [(rows,)] = execute("SELECT COUNT(*) FROM sequere_count")
        self.assertEqual(rows, 0)
        club = registry.ref(self.club)
        counts = self.backend.ask(Counts("follow", [club], "followers"))
        self.assertEqual(counts, {Ref(*club): 0})
