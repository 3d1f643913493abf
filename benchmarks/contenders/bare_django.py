from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from benchmarks.contenders.bare_sql import BareSQL, new_rows
from benchmarks.drivers import rows_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class BareDjango(BareSQL):
    """The limit with Django: the SQL of the bare driver by Django's cursor, and pages
    of instances.
    """

    name = "bare Django"

    def connect(self) -> None:
        super().connect()
        from django.contrib.auth.models import User

        self.users = User.objects

    def run(self, sql: str, params: Sequence[Any]) -> list[Any]:
        return rows_of(connection, sql, params)

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        rows = self.run(*self.newest(target, place, size))
        users = self.users.in_bulk([int(object_id) for *_, object_id in rows])
        return [(users[int(object_id)], created) for created, _, object_id in rows]

    def follow_many(self, source: User, targets: Sequence[User]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(self.driver.insert, new_rows(source, targets))
