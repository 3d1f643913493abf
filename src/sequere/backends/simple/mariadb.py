from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sequere.backends.simple import counting
from sequere.backends.simple import mariadb_counts as counts
from sequere.backends.simple.dialect import (
    BAR,
    COLUMNS,
    COUNT_KEY,
    ENDS,
    IN_ORDER,
    OF_GROUP,
    SLOT,
    Change,
    Dialect,
    Group,
    Guard,
    Row,
    Run,
    Runner,
    Shift,
    Slot,
    Statement,
    any_of,
    flat,
    ids_of,
    of_shift,
    placeholders,
    same,
    shifted,
    values,
)
from sequere.backends.simple.mariadb_ends import end, with_ends
from sequere.batching import batched
from sequere.declaration import BLOCK
from sequere.questions import Lookup
from sequere.types import Position, Ref

DEADLOCK = 1213
CHECK_FAILED = 4025
STEP = 1000
# The name of a lock.
CORRECTION = "CONCAT(DATABASE(), '.sequere_count')"

# JSON_TABLE has its own collation; a comparison with another collation uses no index.
# The exact texts of sequere_edge.
EXACT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
TEXT = f"TEXT {EXACT}"
SLOTS = ", ".join(
    f"{column} {TEXT} PATH '$[{number}]'" for number, column in enumerate(SLOT)
)

COUNT = COUNT_KEY.split(", ")
COUNTS = ", ".join(
    f"{column} {'SMALLINT' if column == 'state' else TEXT} PATH '$[{number}]'"
    for number, column in enumerate(COUNT)
)

# The slots are read in their order and by their key, as INSERT takes them. A statement
# that found edges by ids or by lists would lock the edges in another order.
TAKEN = (
    f"SELECT e.id, {', '.join(f'e.{column}' for column in COLUMNS.split(', '))} "
    f"FROM JSON_TABLE(%s, '$[*]' COLUMNS ({SLOTS})) o "
    "STRAIGHT_JOIN sequere_edge e FORCE INDEX (sequere_edge_once) "
    f"ON {same('e.', 'o.')}"
)
# The update changes nothing: it locks the row, and returns the row as it was.
OCCUPY = (
    f"INSERT INTO sequere_edge ({', '.join(SLOT)}, state, created, level) "
    "VALUES {values} ON DUPLICATE KEY UPDATE state = sequere_edge.state "
    f"RETURNING id, {COLUMNS}"
)
PUT = (
    "UPDATE JSON_TABLE(%s, '$[*]' COLUMNS (id BIGINT PATH '$[0]', "
    "created BIGINT PATH '$[1]', state SMALLINT PATH '$[2]', "
    "level SMALLINT PATH '$[3]')) o "
    "STRAIGHT_JOIN sequere_edge e FORCE INDEX (PRIMARY) ON e.id = o.id "
    "SET e.created = o.created, e.state = o.state, e.level = o.level "
    "WHERE TRUE"
)
TAKE = (
    f"SELECT c.id, c.total, {', '.join(f'c.{column}' for column in COUNT)} "
    f"FROM JSON_TABLE(%s, '$[*]' COLUMNS ({COUNTS})) o "
    "STRAIGHT_JOIN sequere_count c FORCE INDEX (sequere_count_key) "
    f"ON {' AND '.join(f'c.{column} = o.{column}' for column in COUNT)} "
    "FOR UPDATE SKIP LOCKED"
)


class MariaDBDialect(Dialect):
    # The server plans each subselect of add() again, so batches are small.
    batch_size = 100
    writes_in_steps = True
    join = "STRAIGHT_JOIN"
    by_slot = "FORCE INDEX (sequere_edge_once)"

    triggers = {
        name: sql.split(counts.BEGIN)[1] for name, sql in counts.TRIGGERS.items()
    }
    stored_triggers = counts.STORED
    drop_triggers = tuple(f"DROP TRIGGER IF EXISTS {name}" for name in counts.TRIGGERS)
    create_triggers = tuple(counts.TRIGGERS.values())
    # Without the hint, MariaDB would read and lock every row of a small table.
    delete_by_id = "DELETE {table} FROM {table} FORCE INDEX (PRIMARY) WHERE id IN"
    update_by_id = "UPDATE {table} FORCE INDEX (PRIMARY)"
    contains = f"SELECT 1 FROM sequere_edge WHERE {same('')} AND state = 0"
    before_recount = ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",)
    lock_edges = ("SELECT COUNT(*) FROM sequere_edge LOCK IN SHARE MODE",)
    before_correction = (f"DO GET_LOCK({CORRECTION}, 60)",)
    after_correction = (f"DO RELEASE_LOCK({CORRECTION})",)

    def add(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        """The row of each end is locked as a foreign key would lock it, until the end
        of the transaction, so that the end cannot be deleted meanwhile.

        The key of an end without a row is NULL. IGNORE turns the NULL into an empty
        text, which the table's check rejects: with an error, if it is the only row.
        INSERT ... SELECT would be plainer, but it holds a lock on the counter of ids,
        over which writers deadlock.
        """
        source, source_keys = end(group.source_guard)
        target, target_keys = end(group.target_guard)
        params: list[Any] = []
        for row in rows:
            params += (group.relation, group.source, *[row.source_key] * source_keys)
            params += (row.source, group.target, *[row.target_key] * target_keys)
            params += (row.target, row.created, row.state, row.level)
        each = [f"(%s, {source}, %s, {target}, %s, %s, %s, %s)"] * len(rows)
        if len(rows) > 1:
            each[0] = f"{each[0][:-3]}IF({counts.COUNTED_APART}, %s, NULL))"
        new = {
            (source_id, target_id)
            for source_id, target_id in database.run(
                (
                    f"INSERT IGNORE INTO sequere_edge ({COLUMNS}) "
                    f"VALUES {', '.join(each)} "
                    "RETURNING from_object_id, to_object_id",
                    params,
                )
            )
        }
        if len(rows) > 1:
            relation, source, target, *_ = group
            added = [
                (relation, source, row.source, target, row.target, None, row.state)
                for row in rows
                if row[:2] in new
            ]
            counting.apply(database.run, self, counting.changes(added))
        return new

    def hold_ends(self, run: Run, guard: Guard, keys: Sequence[Any]) -> None:
        for part in batched(keys, STEP):
            sql = f"SELECT COUNT(*) FROM {guard.table} FORCE INDEX (PRIMARY)"
            marks = placeholders(len(part))
            run((f"{sql} WHERE {guard.column} IN ({marks}) LOCK IN SHARE MODE", part))

    def put(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        new, run = self.add(database, group, rows), database.run
        relation, source, target, *_ = group
        # add() has locked the edges that it found, so they stay.
        wanted = {row[:2]: row[2:5] for row in rows if row[:2] not in new}
        slots = [Slot(relation, source, target, *ids) for ids in wanted]
        found = [
            row
            for row in (self.taken(run, slots, lock=True) if slots else ())
            if row[7] < 8 and row[6:9] != wanted[row[3], row[5]]
        ]
        if found and len(rows) > 1:
            # With one row only, a missing end is an error of add().
            pairs = {(row[3], row[5]) for row in found}
            held = with_ends(run, group, [row for row in rows if row[:2] in pairs])
            found = [row for row in found if (row[3], row[5]) in held]
        if found:
            after = [(*row[:6], *wanted[row[3], row[5]]) for row in found]
            made = f"{PUT}{apart(found)}"
            run((made, [json.dumps([[row[0], *row[6:9]] for row in after])]))
            self.count(run, found, after)
        return new | {(row[3], row[5]) for row in found}

    def remove(
        self, run: Run, group: Group, pairs: Sequence[tuple[str, str]], condition: str
    ) -> list[tuple[Any, ...]]:
        relation, source, target, *_ = group
        slots = [
            [source_id, source, relation, target_id, target]
            for source_id, target_id in pairs
        ]
        if len(slots) == 1:
            sql = f"DELETE FROM sequere_edge WHERE {same('')} AND {condition}"
            return run((f"{sql} RETURNING {OF_GROUP}", slots[0]))
        lock = f"{TAKEN} AND {condition} FOR UPDATE"
        gone = self.removed(run, run((lock, [json.dumps(slots)])))
        return [(row[2], *row[4:]) for row in gone]

    def remove_all(
        self, run: Run, identifier: str, object_ids: Sequence[str], *, report: bool
    ) -> list[tuple[Any, ...]]:
        ids = placeholders(len(object_ids))
        where = [
            f"{end}_identifier = %s AND {end}_object_id IN ({ids})"
            for end in ("from", "to")
        ]
        gone = []
        for found in self.locked(run, (where, [identifier, *object_ids] * 2)):
            rows = self.removed(run, found)
            # Columns 0 and 6 of COLUMNS are the relation and the state.
            gone += [row for row in rows if report or row[0] == BLOCK or row[6] > 7]
        return gone

    def removed(self, run: Run, found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Remove rows that are locked, and count the removal."""
        rows = [row[1:] for row in found]
        if found:
            sql = self.delete_by_id.format(table="sequere_edge")
            run((f"{sql} {ids_of(found)} AND {counts.COUNTED_APART}", []))
            counting.apply(run, self, counting.changes(rows, -1))
        return rows

    def shift(self, run: Run, shift: Shift, *, report: bool) -> list[tuple[Any, ...]]:
        where, params = of_shift(shift)
        changed = []
        for found in self.locked(run, (where.split(" OR "), params)):
            rows = self.shifted(run, shift, found)
            changed += rows if report else []
        return changed

    def shifted(
        self, run: Run, shift: Shift, found: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """Change the states of rows that are locked, and count the changes."""
        before, after, ids = [], [], []
        for row_id, *edge in found:
            bit = (
                shift.source_bit
                if (edge[1], edge[2]) == shift.ref
                else shift.target_bit
            )
            state = edge[6]
            if state < 8 and bool(state & bit) != shift.is_set:
                before.append(tuple(edge))
                after.append((*edge[:6], state ^ bit, edge[7]))
                ids.append((row_id,))
        if ids:
            state_sql, ref = shifted(shift)
            run(
                (
                    f"{self.update_by_id.format(table='sequere_edge')} "
                    f"SET state = {state_sql} "
                    f"WHERE id IN {ids_of(ids)} AND {counts.COUNTED_APART}",
                    ref,
                )
            )
            delta = counting.changes(before, -1)
            delta.update(counting.changes(after))
            counting.apply(run, self, delta)
        return after

    def change(
        self, run: Run, slots: Sequence[Slot], change: Change
    ) -> list[tuple[Any, ...]]:
        lock = f"{TAKEN} AND {change.condition} FOR UPDATE"
        return self.changed(run, run((lock, [keys(slots)])), change)

    def change_to(
        self, run: Run, relation: str, target: Ref, change: Change
    ) -> list[tuple[Any, ...]]:
        ends = "to_object_id = %s AND to_identifier = %s AND relation = %s"
        side = [f"{ends} AND {change.condition}"], [*target[::-1], relation]
        return [
            row
            for found in self.locked(run, side, change.condition)
            for row in self.changed(run, found, change)
        ]

    def changed(
        self, run: Run, found: list[tuple[Any, ...]], change: Change
    ) -> list[tuple[Any, ...]]:
        """Change rows that are locked, and count the changes."""
        if not found:
            return []
        sql = self.update_by_id.format(table="sequere_edge")
        ids = f"id IN {ids_of(found)}"
        made = f"SET {change.assignment} WHERE {ids}{apart(found)}"
        run((f"{sql} {made}", [*change.values]))
        after = run((f"SELECT id, {COLUMNS} FROM sequere_edge WHERE {ids}", []))
        self.count(run, found, after)
        return [row[1:] for row in after]

    def count(
        self, run: Run, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
    ) -> None:
        """Count rows, which begin with their ids, by their old and new columns."""
        if len(before) == 1:
            return
        delta = counting.changes([row[1:] for row in before], -1)
        delta.update(counting.changes([row[1:] for row in after]))
        counting.apply(run, self, {key: by for key, by in delta.items() if by})

    def occupy(
        self, run: Run, slots: Sequence[Slot], bars: Sequence[int]
    ) -> list[tuple[Any, ...]]:
        rows = [[*slot.key, bar, 0, 0] for slot, bar in zip(slots, bars, strict=True)]
        return run((OCCUPY.format(values=values(len(rows), 8)), flat(rows)))

    def bar(self, run: Run, rows: Sequence[tuple[Any, ...]], state: int) -> None:
        sql = self.update_by_id.format(table="sequere_edge")
        made = f"SET {BAR} WHERE id IN {ids_of(rows)}{apart(rows)}"
        run((f"{sql} {made}", [state]))
        self.count(run, list(rows), [])

    def hold_end(self, run: Run, guard: Guard, object_id: str, key: Any) -> None:
        sql = f"SELECT 1 FROM {guard.table} FORCE INDEX (PRIMARY)"
        run((f"{sql} WHERE {guard.column} = %s FOR UPDATE", [key]))

    def locked(
        self, run: Run, sides: tuple[list[str], list[Any]], condition: str = "1"
    ) -> Iterable[list[tuple[Any, ...]]]:
        """Yield the edges that meet one of two conditions, in parts, locked in their
        order. A first query finds the edges without any lock.
        """
        where, params = sides
        union = " UNION ALL ".join(
            f"SELECT id, {ENDS} FROM sequere_edge WHERE {side}" for side in where
        )
        ids = run((f"SELECT id FROM ({union}) both_sides {IN_ORDER}", params))
        for part in batched(ids, STEP):
            slots = f"SELECT {', '.join(SLOT)} FROM sequere_edge"
            ends = run((f"{slots} WHERE id IN {ids_of(part)} {IN_ORDER}", []))
            lock = f"{TAKEN} AND {condition} FOR UPDATE"
            yield run((lock, [json.dumps(ends)]))

    def take_counts(self, keys: Sequence[tuple[Any, ...]]) -> Statement:
        return TAKE, [json.dumps(keys)]

    def taken(
        self, run: Run, slots: Sequence[Slot], *, lock: bool = False
    ) -> list[tuple[Any, ...]]:
        return run((f"{TAKEN}{' FOR UPDATE' if lock else ''}", [keys(slots)]))

    def among(self, others: Sequence[Ref]) -> Statement:
        ends = f"identifier {TEXT} PATH '$[0]', object_id {TEXT} PATH '$[1]'"
        return f"JSON_TABLE(%s, '$[*]' COLUMNS ({ends})) o", [json.dumps(others)]

    def lookup(self, asked: Lookup) -> Statement:
        relation, ref = asked.relation, asked.ref
        direction, others = asked.direction, asked.others
        me, other = ("to", "from") if direction == "followers" else ("from", "to")
        either, ids = any_of(others, prefix=f"{other}_")
        return (
            f"SELECT {other}_identifier, {other}_object_id, created "
            f"FROM sequere_edge {self.by_slot} "
            f"WHERE {me}_identifier = %s AND {me}_object_id = %s "
            f"AND relation = %s AND state = {asked.state} AND {either}",
            [*ref, relation, *ids],
        )

    def beyond(
        self, position: Position, created: int, other: str, op: str
    ) -> Statement:
        # The optimiser makes index ranges from this form, but not from a row value.
        return (
            f"(e.created {op} %s OR (e.created = %s AND e.{other}_identifier {op} %s) "
            f"OR (e.created = %s AND e.{other}_identifier = %s "
            f"AND e.{other}_object_id {op} %s))",
            [
                *(created, created, position.identifier),
                *(created, position.identifier, position.object_id),
            ],
        )

    def is_missing_end(self, exc: Exception) -> bool:
        code, message = (*exc.args, "", "")[:2]
        return code == CHECK_FAILED and "sequere_edge_ends" in message

    def is_deadlock(self, exc: Exception) -> bool:
        cause = exc.__cause__ or exc
        return bool(cause.args) and cause.args[0] == DEADLOCK


def apart(rows: Sequence[object]) -> str:
    """Return an addition to a condition: the triggers count a change of one row, and
    count() counts a change of many rows.
    """
    return f" AND {counts.COUNTED_APART}" if len(rows) > 1 else ""


def keys(slots: Sequence[Slot]) -> str:
    return json.dumps([slot.key for slot in slots])
