"""Find and correct counts that differ from their edges, while other writers go on.

One statement reads the counts and the edges of one moment, so a difference means that
edges were written without the triggers: a second look is not needed. A writer changes
both by the same number. So a difference stays the same while others write, and adding
the difference corrects the count. (On SQLite the difference may shrink, but SQLite has
one writer at a time.)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from sequere.backends.simple import counting, recounting, triggers
from sequere.backends.simple.dialect import COUNT_KEY, IS_COUNTED, IS_EDGE, Statement
from sequere.backends.simple.store import Engine
from sequere.batching import batched
from sequere.exceptions import InvalidCursor, InvalidEdge
from sequere.types import Problem, Progress, Ref
from sequere.validation import clean_ref

#: The size of a part, in edges from its resources or in edges to its resources.
PART_SIZE = 5000

Key = tuple[Any, ...]

DAMAGED = "this trigger is missing, switched off, or not that of this version"
WRONG = (
    "{count} {direction} with the identifier {other!r} in state {state} ({relation}) "
    "are counted as {total}"
)
ADD = f" ON CONFLICT ({COUNT_KEY}) DO UPDATE SET total = total + excluded.total"


class Part(NamedTuple):
    """The resources behind one object id, up to another object id."""

    after: str | None
    last: str | None

    def holds(self, column: str) -> Statement:
        conditions, params = ["1 = 1"], []
        for op, end in ((">", self.after), ("<=", self.last)):
            if end is not None:
                conditions.append(f"{column} {op} %s")
                params.append(end)
        return " AND ".join(conditions), params


class Count(NamedTuple):
    """The stored count, and the true count."""

    total: int
    edges: int


def sweep(engine: Engine, resume: str | None, *, mend: bool) -> Iterator[Progress]:
    after = clean_place(resume)
    if after is None:
        yield Progress(0, look_at_triggers(engine, mend=mend), "")
    while True:
        part = Part(after, end_of(engine, after))
        problems = look_at_counts(engine, part, mend=mend)
        yield Progress(edges_from(engine, part), problems, part.last)
        if part.last is None:
            return
        after = part.last


def clean_place(resume: str | None) -> str | None:
    if resume is not None:
        try:
            clean_ref(Ref("any", resume))
        except InvalidEdge as exc:
            raise InvalidCursor(f"{resume!r} is not the place of a step.") from exc
    return resume


def look_at_triggers(engine: Engine, *, mend: bool) -> list[Problem]:
    """Check the triggers: without them, no count stays right."""
    damaged = sorted(triggers.damaged(engine.connection))
    if mend and damaged:
        recounting.recount(engine.alias)
    return [Problem(name, DAMAGED) for name in damaged]


def look_at_counts(engine: Engine, part: Part, *, mend: bool) -> list[Problem]:
    found = wrong_counts(engine, part)
    if mend:
        if found:
            correct(engine, part)
        fold(engine, part)
    return [problem_of(key, count) for key, count in found.items()]


def problem_of(key: Key, count: Count) -> Problem:
    object_id, identifier, relation, direction, state, other = key
    values = {"relation": relation, "direction": direction, "state": state}
    text = WRONG.format(count=count.edges, total=count.total, other=other, **values)
    return Problem(str(Ref(identifier, object_id)), text)


def end_of(engine: Engine, after: str | None) -> str | None:
    """Return the object id that ends the part behind `after`, or None for the last
    part.
    """
    ends: list[str] = []
    for table, column in (
        ("sequere_edge", "from_object_id"),
        ("sequere_edge", "to_object_id"),
        ("sequere_count", "object_id"),
    ):
        where, params = Part(after, None).holds(column)
        sql = f"SELECT {column} FROM {table} WHERE {where} ORDER BY {column} LIMIT 1"
        for (end,) in engine.read((f"{sql} OFFSET %s", [*params, PART_SIZE])):
            ends.append(end)
    return min(ends, default=None)


def edges_from(engine: Engine, part: Part) -> int:
    where, params = part.holds("from_object_id")
    sql = f"SELECT COUNT(*) FROM sequere_edge WHERE {IS_EDGE} AND {where}"
    [(count,)] = engine.read((sql, params))
    return int(count)


def compared(part: Part) -> Statement:
    """Select the rows of counts, and of edges with the opposite sign, of all resources
    of a part.
    """
    counts, params = part.holds("object_id")
    rows = [f"SELECT {COUNT_KEY}, total, 0 AS edges FROM sequere_count WHERE {counts}"]
    for direction, end, other in (
        ("followers", "to", "from"),
        ("followings", "from", "to"),
    ):
        key = (
            f"{end}_object_id, {end}_identifier, relation, '{direction}', state, "
            f"{other}_identifier"
        )
        where, more = part.holds(f"{end}_object_id")
        rows.append(
            f"SELECT {key}, 0, COUNT(*) FROM sequere_edge "
            f"WHERE {IS_COUNTED} AND {where} GROUP BY {end}_object_id, "
            f"{end}_identifier, relation, state, {other}_identifier"
        )
        params += more
    return " UNION ALL ".join(rows), params


def wrong_counts(engine: Engine, part: Part) -> dict[Key, Count]:
    """One query, which reads an index of each table."""
    rows, params = compared(part)
    sql = (
        f"SELECT {COUNT_KEY}, SUM(total), SUM(edges) FROM ({rows}) compared "
        f"GROUP BY {COUNT_KEY} HAVING SUM(total) <> SUM(edges)"
    )
    return {
        tuple(key): Count(int(total), int(edges))
        for *key, total, edges in engine.read((sql, params))
    }


def correct(engine: Engine, part: Part) -> None:
    """Add the differences to the counts of a part."""
    dialect = engine.dialect
    rows, params = compared(part)
    sql = (
        f"INSERT INTO sequere_count ({COUNT_KEY}, total) "
        f"SELECT {COUNT_KEY}, SUM(edges) - SUM(total) FROM ({rows}) compared "
        f"WHERE 1 = 1 GROUP BY {COUNT_KEY} HAVING SUM(total) <> SUM(edges)"
    )

    def work() -> None:
        triggers.execute(engine.connection, dialect.before_correction)
        engine.run((f"{sql}{ADD if dialect.has_one_row else ''}", params))

    try:
        engine.atomically(work)
    finally:
        triggers.execute(engine.connection, dialect.after_correction)


def fold(engine: Engine, part: Part) -> None:
    """Merge the rows of each count of a part into one row, and drop counts of 0.

    Rows that a writer holds at the moment are skipped, so nobody waits. One query, and
    up to three for each 500 counts that have several rows, in a transaction.
    """
    where, params = part.holds("object_id")
    if engine.dialect.has_one_row:
        engine.run((f"DELETE FROM sequere_count WHERE total = 0 AND {where}", params))
        return
    sql = (
        f"SELECT {COUNT_KEY} FROM sequere_count WHERE {where} "
        f"GROUP BY {COUNT_KEY} HAVING COUNT(*) > 1"
    )
    for keys in batched(engine.read((sql, params)), counting.KEYS):
        nothing = dict.fromkeys(map(tuple, keys), 0)
        engine.atomically(partial(counting.apply, engine.run, engine.dialect, nothing))
