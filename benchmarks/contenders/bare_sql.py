from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.base import Contender
from benchmarks.drivers import driver

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from benchmarks.contenders.base import Edge

SOURCE = "from_object_id = %s AND from_identifier = 'user' AND relation = 'follow'"
TARGET = "to_object_id = %s AND to_identifier = 'user'"
FOLLOWERS = f"{TARGET} AND relation = 'follow' AND state = 0"
#: The time of new follows, in microseconds.
NEW = 1_800_000_000_000_000
NEWEST_FIRST = "created DESC, from_identifier DESC, from_object_id DESC"


class BareSQL(Contender):
    """The limit: the driver without Django, with SQL on this package's own tables.

    It checks nothing: neither its arguments, nor whether both ends exist.
    """

    name = "bare driver"
    requirements = ("-e.",)
    apps = ("sequere",)
    is_whole = False

    def connect(self) -> None:
        self.driver = driver()

    def run(self, sql: str, params: Sequence[Any]) -> list[Any]:
        return self.driver.run(sql, params)

    def load(self, edges: Sequence[Edge]) -> None:
        rows = [
            (str(source.pk), str(target.pk), round(created.timestamp()) * 1_000_000)
            for source, target, created in edges
        ]
        # Neighbouring rows share pages of the index.
        self.driver.insert_many(sorted(rows))

    def follow(self, source: User, target: User) -> object:
        ends = str(source.pk), str(target.pk)
        return self.run(self.driver.insert, (*ends, NEW))

    def unfollow(self, source: User, target: User) -> object:
        return self.run(
            f"DELETE FROM sequere_edge WHERE {SOURCE} AND {TARGET}",
            (str(source.pk), str(target.pk)),
        )

    def is_following(self, source: User, target: User) -> bool:
        rows = self.run(
            f"SELECT 1 FROM sequere_edge WHERE {SOURCE} AND {TARGET} AND state = 0",
            (str(source.pk), str(target.pk)),
        )
        return bool(rows)

    def count(self, target: User) -> int:
        return self.total(target, "followers")

    def total(self, user: User, direction: str) -> int:
        rows = self.run(
            "SELECT SUM(total) FROM sequere_count WHERE object_id = %s "
            "AND identifier = 'user' AND relation = 'follow' "
            f"AND direction = '{direction}' AND state = 0",
            (str(user.pk),),
        )
        return int(rows[0][0] or 0)

    def place(self, target: User, depth: int) -> Any:
        rows = self.run(
            f"SELECT created FROM sequere_edge WHERE {FOLLOWERS} "
            f"ORDER BY {NEWEST_FIRST} LIMIT 1 OFFSET %s",
            (str(target.pk), depth - 1),
        )
        return rows[0][0]

    def page(self, target: User, place: Any, size: int) -> Sequence[Any]:
        newest, params = self.newest(target, place, size)
        return self.run(
            f"SELECT u.id, u.*, e.created FROM ({newest}) e JOIN auth_user u "
            f"ON u.id = CAST(e.from_object_id AS {self.driver.integer}) "
            f"ORDER BY {NEWEST_FIRST}",
            params,
        )

    def newest(self, target: User, place: Any, size: int) -> tuple[str, list[Any]]:
        # All follows of the graph have different times.
        behind, params = ("", []) if place is None else (" AND created < %s", [place])
        return (
            "SELECT created, from_identifier, from_object_id FROM sequere_edge "
            f"WHERE {FOLLOWERS}{behind} ORDER BY {NEWEST_FIRST} LIMIT {size}",
            [str(target.pk), *params],
        )

    def among(self, source: User, others: Sequence[User]) -> Collection[Any]:
        return self.run(
            f"SELECT to_object_id, created FROM sequere_edge WHERE {SOURCE} "
            f"AND to_identifier = 'user' AND state = 0 "
            f"AND to_object_id IN ({marks(others)})",
            [str(source.pk), *texts(others)],
        )

    def followers_among(self, target: User, others: Sequence[User]) -> Collection[Any]:
        return self.run(
            f"SELECT from_object_id, created FROM sequere_edge WHERE {FOLLOWERS} "
            f"AND from_identifier = 'user' AND from_object_id IN ({marks(others)})",
            [str(target.pk), *texts(others)],
        )

    def count_followings(self, source: User) -> int:
        return self.total(source, "followings")

    def counts(self, targets: Sequence[User]) -> list[int]:
        rows = self.run(
            "SELECT object_id, SUM(total) FROM sequere_count WHERE identifier = 'user' "
            "AND relation = 'follow' AND direction = 'followers' AND state = 0 "
            f"AND object_id IN ({marks(targets)}) GROUP BY object_id",
            texts(targets),
        )
        found = {key: int(total) for key, total in rows}
        return [found.get(each, 0) for each in texts(targets)]

    def follow_many(self, source: User, targets: Sequence[User]) -> None:
        self.driver.insert_few(new_rows(source, targets))

    def unfollow_many(self, source: User, targets: Sequence[User]) -> object:
        return self.run(
            f"DELETE FROM sequere_edge WHERE {SOURCE} AND to_identifier = 'user' "
            f"AND to_object_id IN ({marks(targets)})",
            [str(source.pk), *texts(targets)],
        )


def new_rows(source: User, targets: Sequence[User]) -> list[tuple[str, str, int]]:
    return [(str(source.pk), target, NEW) for target in texts(targets)]


def texts(users: Sequence[User]) -> list[str]:
    return [str(user.pk) for user in users]


def marks(users: Sequence[User]) -> str:
    return ", ".join(["%s"] * len(users))
