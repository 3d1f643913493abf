"""Look-ups and removals find slots by the unique key and never read a list. No
statement reads the whole table, whatever its statistics say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from sequere.api import (
    accept,
    accept_pending,
    archive,
    block,
    follow_many,
    follow_states,
    followers_among,
    followings_among,
    get_common_followers,
    get_followers,
    get_followers_count,
    get_followings,
    get_friends,
    get_friends_count,
    get_known_followers,
    is_following,
    reject,
    restore,
    set_level,
    unblock,
    unfollow,
    unfollow_many,
)
from sequere.backends.simple.dialect import SLOT
from sequere.handler import get_backend
from sequere.questions import Edges, Put
from sequere.registration import registry
from sequere.relations import BLOCK, FOLLOW
from sequere.testing.base import NOON
from sequere.testing.models import Person
from sequere.types import Edge, Pair

ROWS = 1000
#: From so many rows on, PostgreSQL takes other plans for lists.
MANY_ROWS = 20_000
#: The number of rows in a short list.
FEW = 50
# PostgreSQL may read the whole table if the edges are a third of it.
WHOLE_LISTS = {"friends_count", "archive", "restore", "forget"}
UNPLANNED = {"EXPLAIN", "INSERT", "DROP", "CREATE"}
FORGET_STATISTICS = {
    "sqlite": "DELETE FROM sqlite_stat1",
    "postgresql": (
        "DELETE FROM pg_statistic WHERE starelid = 'sequere_edge'::regclass"
    ),
}

POSTGRESQL = connection.vendor == "postgresql"
MARIADB = connection.vendor == "mysql"
ANALYZE = "ANALYZE TABLE sequere_edge" if MARIADB else "ANALYZE"

Verbs = dict[str, Callable[[], object]]


def step_of(row: Sequence[Any]) -> str:
    """Return what matters of a row of EXPLAIN."""
    if not MARIADB:
        return str(row[-1])
    _, _, table, kind, _, key, length, *_, extra = row
    return f"{kind} {table} {key} ({length}) {extra}"


class PlanTests(TransactionTestCase):
    """Statistics of some ordinary edges; then one source and one target of many.

    SQLite reads any table that its statistics hold to have a few dozen rows.
    """

    def load(self, ordinary: int, rows: int = ROWS) -> None:
        """Collect statistics of some ordinary edges, before there are long lists."""
        self.star, self.rival, self.minor, *people = Person.objects.bulk_create(
            [Person(name="x") for _ in range(rows + 3)]
        )
        self.people, half = people, rows // 2
        follow_many(zip(people[:ordinary], people[half : half + ordinary], strict=True))
        self.execute(ANALYZE)
        follow_many((self.star, person) for person in people)
        follow_many((person, self.star) for person in people)
        follow_many((person, self.rival) for person in people)
        follow_many((person, self.minor) for person in people[-FEW:])

    def execute(self, sql: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def slots(self) -> Verbs:
        star, others = self.star, self.people[100:150]
        return {
            "is_following": lambda: is_following(star, others[0]),
            "followings_among": lambda: followings_among(star, others),
            "followers_among": lambda: followers_among(star, others),
            "follow_states": lambda: follow_states(star, others),
            "unfollow": lambda: unfollow(star, others[0]),
            "unfollow another": lambda: unfollow(others[0], star),
            "unfollow_many": lambda: unfollow_many((star, each) for each in others),
        }

    def policy(self) -> Verbs:
        star, others = self.star, self.people[100:150]
        pairs = [(star, each) for each in others]
        ref, *refs = map(registry.ref, [star, *others])
        ends = [Pair(ref, other) for other in refs]
        ask = get_backend().ask
        return {
            "edges": lambda: ask(Edges(FOLLOW.name, ends)),
            "put": lambda: ask(Put([Edge(FOLLOW.name, *pair, NOON) for pair in ends])),
            "accept": lambda: accept(star, others[0]),
            "accept_many": lambda: FOLLOW.accept_many(star, others),
            "set_level": lambda: set_level(star, others[0], 3),
            "reject": lambda: reject(star, others[0]),
            "remove_followers": lambda: FOLLOW.remove_sources(star, others),
            "accept_pending": lambda: accept_pending(star),
            "block": lambda: block(star, others[0]),
            "unblock": lambda: [block(star, others[0]), unblock(star, others[0])],
            "blocks": lambda: [BLOCK.add_many(pairs), BLOCK.add_many(pairs)],
            "unblocks": lambda: [BLOCK.add_many(pairs), BLOCK.remove_many(pairs)],
        }

    def shared(self) -> Verbs:
        """Lists and counts of what two lists have in common."""
        star, rival, minor = self.star, self.rival, self.minor
        short = get_common_followers(star, minor)
        return {
            "friends": lambda: get_friends(star).page(20),
            "friends_count": lambda: get_friends_count(star),
            "common": lambda: get_common_followers(star, rival).page(20),
            "common, short": lambda: short.page(20),
            "common, short first": lambda: get_common_followers(minor, star).page(20),
            "common, short, next": lambda: short.page(20, after=short.page(20).next),
            "common, short, count": lambda: len(get_common_followers(star, minor)),
            "known": lambda: get_known_followers(self.people[0], star).page(20),
        }

    def lists(self) -> Verbs:
        star, rival = self.star, self.rival
        followers = get_followers(star)
        return {
            "followers": lambda: followers.page(20),
            "followings": lambda: get_followings(star).page(20),
            "next": lambda: followers.page(20, after=followers.page(20).next),
            "count": lambda: get_followers_count(star),
            "archive": lambda: archive(rival),
            "restore": lambda: restore(rival),
            "forget": rival.delete,
        }

    def plans(self, verb: Callable[[], object]) -> list[str]:
        """Return the plans of the statements of a verb, before they are carried out."""
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries:
                verb()
            transaction.set_rollback(True)
        words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        return [
            "\n".join(map(step_of, self.execute(f"{words} {query['sql']}")))
            for query in queries
            if "sequere_edge" in query["sql"]
            and query["sql"].split()[0] not in UNPLANNED
        ]

    def check_all(self) -> None:
        verbs = self.slots() | self.policy() | self.shared() | self.lists()
        for name, verb in verbs.items():
            for plan in self.plans(verb):
                with self.subTest(name, plan=plan):
                    if connection.vendor == "sqlite" or name not in WHOLE_LISTS:
                        self.check_table(plan)
                    if name in self.slots():
                        self.check_slot(plan)
                    elif name in self.shared():
                        self.check_shared(name, plan)
                    elif name in self.policy() and name != "accept_pending":
                        self.assertNotIn("sequere_edge_follow", plan)
                    elif name in ("followers", "followings", "next"):
                        self.check_page(plan)

    def check_table(self, plan: str) -> None:
        self.assertNotIn("Seq Scan on sequere_edge", plan)
        self.assertNotIn("SCAN sequere_edge", plan)
        self.assertNotIn("BLOOM", plan)
        self.assertNotRegex(plan, r"(?m)^(ALL|index) (sequere_edge|e|too) ")

    def check_slot(self, plan: str) -> None:
        self.check_slots(plan)
        self.assertNotIn("sequere_edge_follow", plan)

    def check_slots(self, plan: str) -> None:
        if MARIADB and plan.startswith("range sequere_edge PRIMARY"):
            # A look-up by the slots has found these ids.
            return
        self.assertIn("sequere_edge_once", plan)
        if connection.vendor == "sqlite":
            columns = " AND ".join(f"{column}=?" for column in SLOT)
            self.assertEqual(plan.count("_once ("), plan.count(f"_once ({columns})"))

    def check_shared(self, name: str, plan: str) -> None:
        """Each edge of a list is looked up by its slot: no list is read for each."""
        for word in ("Materialize", "Join Filter", "Hash Join", "Merge Join"):
            self.assertNotIn(word, plan)
        if POSTGRESQL and name == "friends_count":
            # Two lists of about the same length are read once each, by any index.
            self.assertIn("Aggregate", plan)
            self.assertNotIn("Nested Loop", plan)
        else:
            self.check_slots(plan)

    def check_page(self, plan: str) -> None:
        self.assertIn("sequere_edge_follow", plan)
        self.assertNotIn("Sort", plan)
        self.assertNotIn("TEMP B-TREE", plan)
        self.assertNotIn("filesort", plan)

    def test_without_statistics(self) -> None:
        if MARIADB:
            self.skipTest("MariaDB collects statistics by itself")
        self.load(400)
        self.execute(FORGET_STATISTICS[connection.vendor])
        if connection.vendor == "sqlite":
            self.execute("ANALYZE sqlite_schema")  # SQLite reads the statistics again
        self.check_all()

    def test_statistics_are_older_than_the_lists(self) -> None:
        self.load(400)
        self.check_all()

    def test_statistics_are_older_than_the_longest_lists(self) -> None:
        self.load(MANY_ROWS // 2, MANY_ROWS)
        self.check_all()

    def test_statistics_are_of_a_table_of_few_rows(self) -> None:
        self.load(20)
        self.check_all()

    def test_statistics_are_new(self) -> None:
        for ordinary, rows in ((400, ROWS), (MANY_ROWS // 2, MANY_ROWS)):
            with self.subTest(rows=rows):
                self.load(ordinary, rows)
                self.execute(ANALYZE)
                self.check_all()

    def test_indexes_that_were_built_again(self) -> None:
        """REINDEX changes the order in which indexes were created."""
        if MARIADB:
            self.skipTest("MariaDB has no REINDEX")
        self.load(400)
        self.execute("REINDEX TABLE sequere_edge" if POSTGRESQL else "REINDEX")
        self.check_all()
