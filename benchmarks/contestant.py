"""The process of one contender: it carries out the referee's orders and measures them.

A line of JSON comes in, and one goes out: `python -m benchmarks.contestant`.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from copy import copy
from importlib import metadata
from random import Random
from time import perf_counter, process_time
from typing import Any

import django

from benchmarks import graph
from benchmarks.answering import answer_all
from benchmarks.contenders import contenders
from benchmarks.contenders.base import freeze, key
from benchmarks.verbs import VERBS, Depth

Answer = dict[str, Any]


class Contestant:
    def __init__(self, name: str) -> None:
        self.contender = contenders()[name]()
        self.users: dict[int, Any] = {}

    def setup(self, users: int) -> Answer:
        """Make the tables, and users 1 to `users`."""
        from django.db import connection

        self.contender.prepare()
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        self.contender.connect()
        self.create_users(range(1, users + 1))
        packages = [each for each in PACKAGES if installed(each)]
        return {
            "python": platform.python_version(),
            "packages": {each: metadata.version(each) for each in packages},
            "verbs": [
                name for name, verb in VERBS.items() if self.contender.has(verb.method)
            ]
            + ["delete", "race"] * self.contender.is_whole,
        }

    def create_users(self, numbers: Sequence[int]) -> None:
        from django.contrib.auth.models import User

        rows = [User(pk=number, username=str(number)) for number in numbers]
        User.objects.bulk_create(rows, batch_size=500)
        self.users |= {row.pk: row for row in rows}

    def create_group(self, number: int, asking: Sequence[int]) -> Answer:
        """Make the group of a user, and let users ask to follow it."""
        from django.contrib.auth.models import Group

        group: Any = Group.objects.create(pk=number, name=str(number))
        self.users[-number] = group
        if self.contender.has("ask"):
            now = graph.when(0)
            self.contender.load([(self.users[each], group, now) for each in asking])
        return {}

    def load(self, edges: Sequence[Sequence[int]], first: int) -> Answer:
        """Add follows. Their times come after the time of follow number `first`."""
        from benchmarks.sizes import stored

        made = [
            (self.users[source], self.users[target], graph.when(first + index))
            for index, (source, target) in enumerate(edges)
        ]
        before = stored()
        sample = self.measured(lambda: self.contender.load(made))
        return sample | {"calls": len(made), "bytes": stored() - before}

    def settle(self) -> Answer:
        """Run the database's background work now, so that it does not run during a
        round.
        """
        from benchmarks.sizes import analyze

        analyze()
        freeze()
        return {}

    def run(self, verb: str, calls: Sequence[Sequence[Any]]) -> Answer:
        """Measure all calls together. Answers are converted to numbers of users, or
        left plain.
        """
        ability = VERBS[verb]
        given = [tuple(map(self.argument, call)) for call in calls]
        if prepare := ability.prepare:
            given = [prepare(self.contender, *call) for call in given]
        method = getattr(self.contender, ability.method)
        answers: list[Any] = []

        def work() -> None:
            answers.extend([method(*call) for call in given])

        sample = self.measured(work)
        return sample | {"calls": len(given), "answers": [*map(plain, answers)]}

    def argument(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.argument(each) for each in value]
        if isinstance(value, dict):
            return Depth(value["depth"])
        return self.users[value]

    def delete(self, user: int, followers: Sequence[int], first: int) -> Answer:
        """Measure the deletion of a new user with this number of followers."""
        self.create_users([user])
        self.load([(follower, user) for follower in followers], first)
        gone = self.users.pop(user)
        kept = copy(gone)
        sample = self.measured(gone.delete)
        left = [self.users[number] for number in followers[:50]]
        leftovers = sum(self.contender.is_following(each, kept) for each in left)
        leftovers += len(self.contender.page(kept, None, len(followers)))
        return sample | {"calls": 1, "leftovers": leftovers}

    def race(self, seed: int, size: int) -> Answer:
        from benchmarks.races import race

        first = max(self.users) + 1_000_000
        self.create_users(range(first, first + 3 * size))
        users = [self.users[number] for number in range(first, first + 3 * size)]
        return race(self.contender, users, Random(seed))

    def measured(self, work: Any) -> Answer:
        wall, cpu = perf_counter(), process_time()
        work()
        return {"wall": perf_counter() - wall, "cpu": process_time() - cpu}


PACKAGES = (
    "Django",
    "django-sequere",
    "django-friendship",
    "django-activity-stream",
    "django-followit",
    "psycopg",
    "PyMySQL",
    "redis",
)


def installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def plain(answer: Any) -> Any:
    """Return an answer as JSON. Answers without an order are sorted."""
    if isinstance(answer, bool | int | str):
        return answer
    if isinstance(answer, list) and all(isinstance(each, bool) for each in answer):
        return answer
    try:
        keys = [key(each) for each in answer]
    except (TypeError, ValueError):
        return None
    return sorted(keys) if isinstance(answer, set | dict) else keys


def main() -> None:
    contestant = Contestant(os.environ["SEQUERE_CONTENDER"])
    contestant.contender.before_django()
    django.setup()
    answer_all(contestant)


if __name__ == "__main__":
    main()
