from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from django.db import transaction
from django.db.utils import DataError, IntegrityError

from sequere.backends.simple import counting
from sequere.backends.simple.bars import blocks_behind, lift
from sequere.backends.simple.dialect import (
    REMOVABLE,
    Group,
    Guard,
    Row,
    Runner,
    Shift,
    by_identifier,
)
from sequere.backends.simple.errors import failing
from sequere.backends.simple.guards import guard, no_key
from sequere.backends.simple.models import CountRow, EdgeRow
from sequere.backends.simple.rows import edges_from
from sequere.backends.simple.store import Engine, Store
from sequere.batching import batched
from sequere.declaration import BLOCK, barred_relations
from sequere.exceptions import InvalidEdge
from sequere.questions import Add, Archive, Expire, Forget, Remove, Restore
from sequere.times import to_microseconds
from sequere.types import SOURCE_ARCHIVED, STATES, TARGET_ARCHIVED, Edge, Pair, Ref

T = TypeVar("T")

BATCH_SIZE = 5000

#: The key that sorts edges IN_ORDER within a group.
BY_ENDS = attrgetter("source.object_id", "target.object_id")


class Writing(Store):
    """The hooks that write."""

    def _add(self, asked: Add) -> list[Edge]:
        return add_edges(self._writer(), asked.edges)

    def _remove(self, asked: Remove) -> list[Edge]:
        engine, condition = self._writer(), REMOVABLE[asked.requested]
        return remove_edges(engine, asked.relation, asked.pairs, condition)

    def _expire(self, asked: Expire) -> list[Edge]:
        """Whoever renews an edge locks its end first. So the ends go first, and an end
        that was renewed stays. Two statements in a transaction; on SQLite and MariaDB
        more.
        """
        engine, moment = self._writer(), to_microseconds(asked.moment)
        is_over = f"{REMOVABLE[None]} AND created <= {moment}"

        def work() -> list[Edge]:
            ends = remove_edges(engine, asked.ends, asked.pairs, is_over)
            pairs = [Pair(end.source, end.target) for end in ends]
            edges = remove_edges(engine, asked.relation, pairs) if pairs else []
            return edges + ends

        return engine.atomically(work)

    def _forget(self, asked: Forget) -> list[Edge]:
        engine = self._writer()

        def work() -> list[Edge]:
            return [
                edge
                for identifier, object_ids in sorted(by_identifier(asked.refs).items())
                for batch in batched(sorted(object_ids), BATCH_SIZE)
                for edge in forget(engine, identifier, batch, report=asked.report)
            ]

        return engine.atomically(work)

    def _archive(self, asked: Archive) -> list[Edge]:
        """One statement; on MariaDB several for each 1,000 edges."""
        return self._shift(asked, is_set=True)

    def _restore(self, asked: Restore) -> list[Edge]:
        return self._shift(asked, is_set=False)

    def _shift(self, asked: Archive | Restore, *, is_set: bool) -> list[Edge]:
        engine = self._writer()
        dialect = engine.dialect
        bits = SOURCE_ARCHIVED, TARGET_ARCHIVED
        shift = Shift(asked.relation, asked.ref, *bits, is_set)

        def work() -> list[Edge]:
            return edges_from(dialect.shift(engine.run, shift, report=asked.report))

        return (
            engine.atomically(work) if dialect.writes_in_steps else engine.retry(work)
        )

    def clear(self) -> None:
        engine = self._writer()
        with failing(self.alias), transaction.atomic(using=engine.alias):
            for model in (EdgeRow, CountRow):
                engine.run((f"DELETE FROM {model._meta.db_table}", []))


def add_edges(engine: Engine, edges: Sequence[Edge]) -> list[Edge]:
    ends = ((edge.relation, edge.source, edge.target) for edge in edges)
    hold = partial(hold_ends, engine, edges)
    return write(engine, grouped(ends, edges), insert, hold)


def remove_edges(
    engine: Engine,
    relation: str,
    pairs: Sequence[Pair],
    condition: str = REMOVABLE[None],
) -> list[Edge]:
    ends = ((relation, *pair) for pair in pairs)
    work = partial(delete, condition=condition)
    return write(engine, grouped(ends, pairs), work)


def write(
    engine: Engine,
    groups: dict[Group, list[T]],
    work: Callable[[Engine, Group, Sequence[T]], list[Edge]],
    before: Callable[[], None] = lambda: None,
) -> list[Edge]:
    dialect = engine.dialect
    batches = [
        (group, batch)
        # The order is fixed, so that two writers of the same edges do not deadlock.
        for group, items in sorted(groups.items())
        for batch in batched(sorted(items, key=BY_ENDS), dialect.batch_size)
    ]

    def write_all() -> list[Edge]:
        return [edge for batch in batches for edge in work(engine, *batch)]

    def write_in_steps() -> list[Edge]:
        before()
        return write_all()

    if dialect.writes_in_steps and (len(batches) > 1 or len(batches[0][1]) > 1):
        return engine.atomically(write_in_steps)
    if len(batches) > 1 or len(batches[0][1]) >= dialect.many:
        return engine.atomically(write_all)
    return engine.retry(write_all)


def hold_ends(engine: Engine, edges: Sequence[Edge]) -> None:
    """Lock the rows of all ends, in the order of their keys."""
    keys: dict[Guard, set[Any]] = defaultdict(set)
    for ref in {ref for edge in edges for ref in (edge.source, edge.target)}:
        table, key = guard(ref.identifier, engine.alias)
        if table:
            keys[table].add(key(ref.object_id))
    for table, found in sorted(keys.items()):
        engine.dialect.hold_ends(engine.run, table, sorted(found))


def insert(engine: Engine, group: Group, edges: Sequence[Edge]) -> list[Edge]:
    return store(engine, group, edges, engine.dialect.add)


def put(engine: Engine, group: Group, edges: Sequence[Edge]) -> list[Edge]:
    return store(engine, group, edges, engine.dialect.put)


def store(
    engine: Engine,
    group: Group,
    edges: Sequence[Edge],
    work: Callable[[Runner, Group, Sequence[Row]], set[tuple[str, str]]],
) -> list[Edge]:
    alias, dialect = engine.alias, engine.dialect
    source_guard, source_key = guard(group.source, alias)
    target_guard, target_key = guard(group.target, alias)
    if not dialect.needs_keys:
        source_key = target_key = no_key
    rows = [
        Row(
            source_id,
            target_id,
            to_microseconds(created),
            state,
            level,
            source_key(source_id),
            target_key(target_id),
        )
        for _, (_, source_id), (_, target_id), created, state, level in edges
    ]
    guarded = Group(*group[:3], source_guard, target_guard)
    try:
        new = work(engine, guarded, rows)
    except (DataError, OverflowError) as exc:
        raise InvalidEdge(f"An object id cannot be a key of its model: {exc}") from exc
    except IntegrityError as exc:
        if not dialect.is_missing_end(exc):
            raise
        return []
    if len(new) == len(edges):
        return list(edges)
    return [edge for edge, row in zip(edges, rows, strict=True) if row[:2] in new]


def delete(
    engine: Engine, group: Group, pairs: Sequence[Pair], *, condition: str
) -> list[Edge]:
    relation, source, target, *_ = group
    ids = [(source.object_id, target.object_id) for source, target in pairs]
    gone = engine.dialect.remove(engine.run, group, ids, condition)
    return edges_from((relation, source, row[0], target, *row[1:]) for row in gone)


def forget(
    engine: Engine, identifier: str, object_ids: Sequence[str], *, report: bool
) -> list[Edge]:
    dialect, run = engine.dialect, engine.run
    gone = dialect.remove_all(run, identifier, object_ids, report=report)
    edges = [edge for edge in edges_from(gone) if edge.state < STATES]
    if late := blocks_behind(gone):
        # These blocks were made while forget() waited for one of their slots: too late
        # to be found, but in time to bar the edges that forget() removes.
        blocks = remove_edges(engine, BLOCK, sorted(late))
        lift(engine, blocks, barred_relations())
        edges += blocks
    rest = counting.rest_of(identifier, object_ids, dialect.skip_locked)
    counting.merge(run, dialect, run(rest), {})
    return edges if report else []


def grouped(
    ends: Iterable[tuple[str, Ref, Ref]], items: Iterable[T]
) -> dict[Group, list[T]]:
    groups: dict[tuple[str, str, str], list[T]] = defaultdict(list)
    for (relation, source, target), item in zip(ends, items, strict=True):
        groups[relation, source.identifier, target.identifier].append(item)
    return {Group(*types, None, None): some for types, some in groups.items()}
