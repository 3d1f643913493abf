"""Many processes that write at once: to one celebrity, or each elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.pool import Pool
from random import Random

from django.contrib.auth.models import User
from django.db import connection

from benchmarks.graph import SEED
from benchmarks.report import table
from benchmarks.timing import ratio
from benchmarks.worker import Report, Task, start, work

WRITERS = 8
ROUNDS = 5
FOLLOWS = 250
TRANSACTIONS = 20
IN_TRANSACTION = 50
LIMIT = 0.5
FIRST = 1_000_000

WRONG_COUNTS = """
SELECT COUNT(*) FROM (
    SELECT object_id, direction, SUM(total) AS total FROM (
        SELECT object_id, direction, total FROM sequere_count
        WHERE identifier = 'user'
        UNION ALL
        SELECT to_object_id, 'followers', -COUNT(*) FROM sequere_edge
        WHERE to_identifier = 'user' GROUP BY to_object_id
        UNION ALL
        SELECT from_object_id, 'followings', -COUNT(*) FROM sequere_edge
        WHERE from_identifier = 'user' GROUP BY from_object_id
    ) counted GROUP BY object_id, direction
) compared WHERE total <> 0
"""


def run(scale: float) -> None:
    if connection.vendor == "sqlite":
        print("\nwriters: not measured: SQLite has one writer at a time.")
        return
    size = max(int(FOLLOWS * scale), 10)
    everyone = create_users(WRITERS * max(size, TRANSACTIONS) * (2 * ROUNDS + 2))
    with pool() as processes:
        one, different = measure_rates(processes, everyone, size)
        errors = write_in_transactions(processes, everyone)
    show(one, different, errors)


def create_users(count: int) -> Iterator[int]:
    """Numbers of users whom nobody follows yet, beyond those of the graph."""
    numbers = range(FIRST, FIRST + count)
    User.objects.bulk_create(
        [User(pk=number, username=str(number)) for number in numbers], batch_size=1000
    )
    return iter(numbers)


@contextmanager
def pool() -> Iterator[Pool]:
    # Not a fork, which would share this process's connections.
    context = get_context("spawn")
    shared = context.Barrier(WRITERS), connection.settings_dict["NAME"]
    with context.Pool(WRITERS, start, shared) as processes:
        yield processes


def measure_rates(
    processes: Pool, users: Iterator[int], size: int
) -> tuple[list[float], list[float]]:
    """Follows a second, by round: of one celebrity, and of different users."""
    celebrity = next(users)
    one, different = [], []
    for _ in range(ROUNDS):
        sources = [[next(users) for _ in range(size)] for _ in range(WRITERS)]
        to_one = [Task([(source, celebrity) for source in mine]) for mine in sources]
        # Each writer has its own targets, whom only it follows.
        to_different = [
            Task(list(zip(mine, [mine[-1], *mine], strict=False))) for mine in sources
        ]
        one.append(rate(processes.map(work, to_one, chunksize=1), size))
        different.append(rate(processes.map(work, to_different, chunksize=1), size))
    return one, different


def write_in_transactions(processes: Pool, users: Iterator[int]) -> list[str]:
    """All follow the same users, each in another order."""
    random = Random(SEED)
    targets = [next(users) for _ in range(IN_TRANSACTION)]
    tasks = [
        Task(
            [
                (source, target)
                for source in [next(users) for _ in range(TRANSACTIONS)]
                for target in random.sample(targets, IN_TRANSACTION)
            ],
            IN_TRANSACTION,
        )
        for _ in range(WRITERS)
    ]
    reports = processes.map(work, tasks, chunksize=1)
    return [error for report in reports for error in report.errors]


def rate(reports: list[Report], size: int) -> float:
    if errors := [error for report in reports for error in report.errors]:
        raise AssertionError(f"A follow failed: {errors[0]}")
    begin = min(report.begin for report in reports)
    return size * WRITERS / (max(report.end for report in reports) - begin)


def wrong_counts() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WRONG_COUNTS)
        return int(cursor.fetchall()[0][0])


def show(one: list[float], different: list[float], errors: list[str]) -> None:
    found = ratio([ours / theirs for ours, theirs in zip(one, different, strict=True)])
    wrong = wrong_counts()
    follows = WRITERS * TRANSACTIONS * IN_TRANSACTION
    table(
        [f"{WRITERS} writers", "measured", "target", "met"],
        [
            ["follows/s of one celebrity", f"{middle(one):,.0f}", "", ""],
            ["follows/s of different users", f"{middle(different):,.0f}", "", ""],
            ["ratio", str(found), f">= {LIMIT}", met(found.middle >= LIMIT)],
            [
                f"errors, {follows:,} follows in transactions of {IN_TRANSACTION}",
                str(len(errors)),
                "0",
                met(not errors),
            ],
            ["wrong counts afterwards", str(wrong), "0", met(not wrong)],
        ],
    )
    for error in sorted(set(errors)):
        print(f"  {error}")


def middle(rates: list[float]) -> float:
    return ratio(rates).middle


def met(good: bool) -> str:
    return "yes" if good else "NO"
