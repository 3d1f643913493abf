"""One of many processes that write at once. Imported before Django is set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from time import monotonic

import django
from django.apps import apps
from django.db import connections, transaction
from django.db.models import Model
from django.db.utils import DatabaseError

from sequere import api

Follow = tuple[Model, Model]

barrier: Barrier


@dataclass(frozen=True, slots=True)
class Task:
    """Follows by primary keys of users; so many in a transaction, or each alone."""

    follows: list[tuple[int, int]]
    transaction: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    begin: float
    end: float
    errors: list[str]


def start(shared: Barrier, database: str) -> None:
    global barrier
    barrier = shared
    django.setup()
    connections["default"].settings_dict["NAME"] = database


def work(task: Task) -> Report:
    users = apps.get_model("auth", "User")._default_manager.in_bulk(
        {number for pair in task.follows for number in pair}
    )
    follows = [(users[source], users[target]) for source, target in task.follows]
    # Every process waits here for the others, and so gets one task.
    barrier.wait()
    begin = monotonic()
    errors = write(follows, task.transaction)
    return Report(begin, monotonic(), errors)


def write(follows: Sequence[Follow], size: int) -> list[str]:
    if not size:
        return [*attempt(follows)]
    errors = []
    for start in range(0, len(follows), size):
        try:
            with transaction.atomic():
                for source, target in follows[start : start + size]:
                    api.follow(source, target)
        except DatabaseError as error:
            errors.append(str(error))
    return errors


def attempt(follows: Sequence[Follow]) -> list[str]:
    errors = []
    for source, target in follows:
        try:
            api.follow(source, target)
        except DatabaseError as error:
            errors.append(str(error))
    return errors
