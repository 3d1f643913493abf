"""Look-ups and removals find slots by the unique key, and never read a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from sequere.api import (
    follow_many,
    follow_states,
    followers_among,
    followings_among,
    is_following,
    unfollow,
    unfollow_many,
)
from sequere.testing.models import Person

ROWS = 1000


class SlotPlanTests(TransactionTestCase):
    """Statistics of some ordinary edges; then one source and one target of many.

    SQLite reads any table that its statistics hold to have a few dozen rows.
    """

    def setUp(self) -> None:
        if connection.vendor not in ("postgresql", "sqlite"):
            self.skipTest("plans are read on PostgreSQL and SQLite")
        self.star, *self.people = Person.objects.bulk_create(
            [Person(name="x") for _ in range(ROWS + 1)]
        )
        people = self.people
        follow_many(zip(people[:400], people[400:800], strict=True))
        self.execute("ANALYZE")
        follow_many((self.star, person) for person in people)
        follow_many((person, self.star) for person in people)

    def execute(self, sql: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def plans(self) -> dict[str, str]:
        """The plan of the statement of each verb, before it is carried out."""
        star, others = self.star, self.people[100:150]
        verbs: dict[str, Callable[[], object]] = {
            "is_following": lambda: is_following(star, others[0]),
            "followings_among": lambda: followings_among(star, others),
            "followers_among": lambda: followers_among(star, others),
            "follow_states": lambda: follow_states(star, others),
            "unfollow": lambda: unfollow(star, others[0]),
            "unfollow another": lambda: unfollow(others[0], star),
            "unfollow_many": lambda: unfollow_many((star, each) for each in others),
        }
        return {name: self.plan(verb) for name, verb in verbs.items()}

    def plan(self, verb: Callable[[], object]) -> str:
        with CaptureQueriesContext(connection) as queries:
            verb()
        [sql] = [q["sql"] for q in queries if "sequere_edge" in q["sql"]]
        words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        return "\n".join(str(row[-1]) for row in self.execute(f"{words} {sql}"))

    def check(self) -> None:
        for name, plan in self.plans().items():
            with self.subTest(name):
                self.assertIn("sequere_edge_once", plan)
                self.assertNotIn("sequere_edge_follow", plan)
                self.assertNotIn("Seq Scan on sequere_edge", plan)
                self.assertNotIn("SCAN sequere_edge", plan)
                if connection.vendor == "sqlite":
                    self.assertEqual(
                        plan.count("_once ("),
                        plan.count(
                            "_object_id=? AND from_identifier=? AND relation=? "
                            "AND to_object_id=? AND to_identifier=?"
                        ),
                    )

    def test_statistics_are_older_than_the_lists(self) -> None:
        self.check()

    def test_statistics_are_new(self) -> None:
        self.execute("ANALYZE")
        self.check()
