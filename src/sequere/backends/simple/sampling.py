"""Compare some counts with the edges, in one statement: others may write meanwhile."""

from __future__ import annotations

from typing import Any

from sequere.backends.simple.dialect import COUNT_KEY, IS_COUNTED

#: The sample takes this many of the oldest and of the newest rows of each table.
SIZE = 20
#: A larger count is skipped: counting its edges takes too long for a check.
LARGEST = 1000

FOLLOWERS = (
    "to_object_id object_id, to_identifier identifier, relation, "
    "'followers' direction, state, from_identifier other_identifier"
)
FOLLOWINGS = (
    "from_object_id object_id, from_identifier identifier, relation, "
    "'followings' direction, state, to_identifier other_identifier"
)
SOURCES = (
    ("sequere_count", COUNT_KEY),
    ("sequere_edge", FOLLOWERS),
    ("sequere_edge", FOLLOWINGS),
)
KEYS = " UNION ".join(
    f"SELECT * FROM (SELECT {key} FROM {table} ORDER BY id {order} LIMIT {SIZE}) "
    f"{name}{number}"
    for number, (table, key) in enumerate(SOURCES)
    for name, order in (("oldest", "ASC"), ("newest", "DESC"))
)
SAME_COUNT = " AND ".join(f"c.{name} = k.{name}" for name in COUNT_KEY.split(", "))


def edges(me: str, other: str) -> str:
    return (
        f"(SELECT COUNT(*) FROM sequere_edge e WHERE e.{me}_object_id = s.object_id "
        f"AND e.{me}_identifier = s.identifier AND e.relation = s.relation "
        f"AND e.state = s.state AND e.{other}_identifier = s.other_identifier)"
    )


WRONG = (
    "SELECT COUNT(*) FROM (SELECT k.*, (SELECT COALESCE(SUM(c.total), 0) "
    f"FROM sequere_count c WHERE {SAME_COUNT}) AS total "
    f"FROM ({KEYS}) k WHERE {IS_COUNTED}) s WHERE s.total <> "
    f"CASE WHEN s.total > {LARGEST} THEN s.total "
    f"WHEN s.direction = 'followers' THEN {edges('to', 'from')} "
    f"ELSE {edges('from', 'to')} END"
)


def wrong_counts(connection: Any) -> int:
    """Return how many counts of the sample differ from the number of their edges."""
    with connection.cursor() as cursor:
        cursor.execute(WRONG)
        [wrong] = cursor.fetchone()
    return int(wrong)
