from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.bare_sql import BareSQL, texts

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
        from django.db import connection

        self.connection = connection
        self.users = User.objects

    def run(self, sql: str, params: Sequence[Any]) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[Any] = cursor.fetchall() if cursor.description else []
            return rows

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        rows = self.run(*self.newest(target, place, size))
        users = self.users.in_bulk([int(object_id) for *_, object_id in rows])
        return [(users[int(object_id)], created) for created, _, object_id in rows]

    def follow_many(self, source: User, targets: Sequence[User]) -> None:
        from django.db import transaction

        when = 1_800_000_000_000_000
        rows = [(str(source.pk), target, when) for target in texts(targets)]
        with transaction.atomic(), self.connection.cursor() as cursor:
            cursor.executemany(self.driver.insert, rows)
