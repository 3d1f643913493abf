from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sequere.backends.derived import MUCH_SHORTER
from sequere.backends.simple import queries
from sequere.backends.simple.dialect import Statement
from sequere.backends.simple.rows import edges_from, edges_of
from sequere.backends.simple.store import Engine, Store
from sequere.batching import batched
from sequere.exceptions import InvalidCursor
from sequere.questions import (
    Common,
    CommonCount,
    Contains,
    Counts,
    Lookup,
    PageOf,
    PagesOf,
    Scan,
)
from sequere.times import from_microseconds, to_microseconds
from sequere.types import ACTIVE, Direction, Edge, Neighbours, Ref, Window

BATCH_SIZE = 5000
PAGES_SIZE = 100
PLACE = re.compile("[0-9]{1,19}")


class Reading(Store):
    """The hooks that read."""

    def _contains(self, asked: Contains) -> bool:
        engine, source, target = self._reader(), asked.source, asked.target
        slot = [source[1], source[0], asked.relation, target[1], target[0]]
        return bool(engine.read((engine.dialect.contains, slot)))

    def _lookup(self, asked: Lookup) -> dict[Ref, datetime]:
        engine = self._reader()
        return {
            Ref(identifier, object_id): from_microseconds(created)
            for batch in batched(asked.others, BATCH_SIZE)
            for identifier, object_id, created in engine.read(
                engine.dialect.lookup(replace(asked, others=batch))
            )
        }

    def _counts(self, asked: Counts) -> dict[Ref, int]:
        def statement(batch: Sequence[Ref]) -> Statement:
            of = (
                *(asked.relation, batch, asked.direction),
                *(asked.identifiers, asked.state),
            )
            if asked.span is None:
                return queries.counts(*of)
            return queries.counts_within(*of, asked.span)

        engine = self._reader()
        return {
            Ref(identifier, object_id): int(total)
            for batch in batched(asked.refs, BATCH_SIZE)
            for identifier, object_id, total in engine.read(statement(batch))
        }

    def _page(self, asked: PageOf) -> list[Edge]:
        engine, whose = self._reader(), Neighbours(asked.ref, asked.direction)
        statement = part_of(engine, asked.relation, whose, asked.window, asked.state)
        return edges_of(asked.relation, whose, engine.read(statement), asked.state)

    def _pages(self, asked: PagesOf) -> dict[Ref, list[Edge]]:
        """One query for each 100 of `refs`."""
        engine, relation, window = self._reader(), asked.relation, asked.window
        lists = [Neighbours(ref, asked.direction) for ref in asked.refs]
        found: dict[Ref, list[Edge]] = {}
        for batch in batched(lists, PAGES_SIZE):
            parts = [part_of(engine, relation, whose, window) for whose in batch]
            rows: list[list[Any]] = [[] for _ in batch]
            for number, *row in engine.read(queries.pages(parts)):
                rows[number].append(row)
            for whose, part in zip(batch, rows, strict=True):
                # UNION promises no order: sort by (created, identifier, object_id).
                part.sort(key=itemgetter(2, 0, 1), reverse=window.newest_first)
                found[whose.ref] = edges_of(relation, whose, part)
        return found

    def _common(self, asked: Common) -> list[Edge]:
        """Two queries, of which the first finds the shorter list."""
        relation, first, second = asked.relation, asked.first, asked.second
        engine, kinds = self._reader(), asked.window.identifiers
        [(one, other)] = engine.read(queries.lengths(relation, (first, second), kinds))
        if not (one and other):
            return []
        if other * MUCH_SHORTER < one:
            tables, where = queries.of_second(
                relation, first, second, kinds, engine.dialect
            )
        else:
            tables = queries.EDGES
            where = queries.of_both(relation, first, second, kinds, engine.dialect)
        where = beyond(engine, where, first.direction, asked.window)
        statement = queries.page(first.direction, where, asked.window, tables)
        return edges_of(relation, first, engine.read(statement))

    def _common_count(self, asked: CommonCount) -> int:
        """Two queries, like _common(). The second walks the shorter list, or reads both
        lists if the engine groups fast and they are about as long.
        """
        relation, kinds = asked.relation, asked.identifiers
        engine, both = self._reader(), (asked.first, asked.second)
        [found] = engine.read(queries.lengths(relation, both, kinds))
        shorter, longer = sorted(found)
        if not shorter:
            return 0
        if engine.dialect.groups_fast and longer < MUCH_SHORTER * shorter:
            statement = queries.count_of_both(relation, both, kinds)
        else:
            short, long = both if found[0] == shorter else both[::-1]
            walk = queries.of_both(relation, short, long, kinds, engine.dialect)
            statement = queries.count(walk)
        [(count,)] = engine.read(statement)
        return int(count)

    def _scan(self, asked: Scan) -> tuple[list[Edge], str | None]:
        """One query, in the order of ids. `after` is the last id that was read."""
        statement = queries.scan(scan_place(asked.after), asked.limit)
        rows = self._reader().read(statement)
        place = str(rows[-1][0]) if len(rows) == asked.limit else None
        return edges_from(row[1:] for row in rows), place


def part_of(
    engine: Engine,
    relation: str,
    whose: Neighbours,
    window: Window,
    state: int = ACTIVE,
) -> Statement:
    condition = queries.of_list(relation, whose, window.identifiers, state)
    condition = beyond(engine, condition, whose.direction, window)
    return queries.page(whose.direction, condition, window)


def beyond(
    engine: Engine, condition: Statement, direction: Direction, window: Window
) -> Statement:
    """Return `condition`, and that the edge stands behind the place of `window`."""
    if window.after is None:
        return condition
    where, params = condition
    behind, place = engine.dialect.beyond(
        window.after,
        to_microseconds(window.after.created),
        queries.columns(direction)[1],
        "<" if window.newest_first else ">",
    )
    return f"{where} AND {behind}", [*params, *place]


def scan_place(after: str | None) -> int:
    """Return the id behind which a scan goes on."""
    if after is None:
        return 0
    if not PLACE.fullmatch(after) or int(after) >= 2**63:
        raise InvalidCursor(
            f"{after[:20]!r} is not a place in a scan. Use the place of an earlier "
            "answer, or None to begin."
        )
    return int(after)
