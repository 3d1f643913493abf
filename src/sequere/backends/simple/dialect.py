"""A Dialect holds the differences of one database engine.

All other SQL of the backend is understood by every engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple, Protocol

from sequere.declaration import BLOCK
from sequere.questions import Lookup
from sequere.types import Pair, Position, Ref

Statement = tuple[str, list[Any]]
Run = Callable[[Statement], list[tuple[Any, ...]]]


class Runner(Protocol):
    """A database that executes statements."""

    def run(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Return the rows of `statement`."""

    def run_many(self, sql: str, params: Sequence[Sequence[Any]]) -> int:
        """Execute `sql` with each of `params`. Return the number of changed rows."""


ENDS = "relation, from_identifier, from_object_id, to_identifier, to_object_id"
#: The columns of an edge, in the order of the type Edge.
COLUMNS = f"{ENDS}, created, state, level"
#: The columns that differ between edges of a Group.
OF_GROUP = "from_object_id, to_object_id, created, state, level"
#: The columns that the unique key of edges begins with, in its order.
SLOT = (
    "from_object_id",
    "from_identifier",
    "relation",
    "to_object_id",
    "to_identifier",
)
#: The columns that tell one count from another, in the order of their index.
COUNT_KEY = "object_id, identifier, relation, direction, state, other_identifier"

# Writers lock slots in the order of their ends: the id of an edge changes when the edge
# is removed and added again. Blocks come before the edges that they bar.
IN_ORDER = (
    f"ORDER BY relation <> '{BLOCK}', relation, from_identifier, to_identifier, "
    "from_object_id, to_object_id"
)

#: True for every stored row. Without this condition, or a state that implies it,
#: PostgreSQL ignores the index of a list, and so finds slots only by their unique key.
IS_STORED = "state >= 0"

#: The states of edges (the other states are bars), and the states that are counted.
IS_EDGE = "state BETWEEN 0 AND 7"
IS_COUNTED = "state < 2"
#: Is a row of COLUMNS a block or a bar?
IS_POLICY = f"relation = '{BLOCK}' OR state > 7"
#: The condition for the edges that Remove takes, by its `requested`.
REMOVABLE = {
    None: "state < 8",
    True: "state < 8 AND state & 1 = 1",
    False: "state < 8 AND state & 1 = 0",
}


#: An UPDATE sets these columns to make a bar of an edge: nothing of the edge is left.
BAR = "created = 0, level = 0, state = %s"


class Guard(NamedTuple):
    """The table in which a resource must have its row while an edge is added."""

    table: str
    column: str
    type: str


class Group(NamedTuple):
    """Edges that have their relation and the identifiers of both ends in common."""

    relation: str
    source: str
    target: str
    source_guard: Guard | None
    target_guard: Guard | None


class Row(NamedTuple):
    """An edge of a Group, with the keys of its ends as their tables have them, if the
    dialect asks for them."""

    source: str
    target: str
    created: int
    state: int
    level: int
    source_key: Any
    target_key: Any


class Slot(NamedTuple):
    """The place of one edge. Slots sort IN_ORDER, with the slots of blocks apart."""

    relation: str
    source_identifier: str
    target_identifier: str
    source_id: str
    target_id: str

    @classmethod
    def of(cls, relation: str, pair: Pair) -> Slot:
        (source, source_id), (target, target_id) = pair
        return cls(relation, source, target, source_id, target_id)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Return the values of SLOT."""
        relation, source, target, source_id, target_id = self
        return source_id, source, relation, target_id, target


class Change(NamedTuple):
    """The columns that an UPDATE sets, and the edges that it changes."""

    assignment: str
    values: Sequence[Any]
    condition: str


class Shift(NamedTuple):
    """Set a bit in the states of all edges of `ref`, or clear it: one bit where `ref`
    is the source, another bit where `ref` is the target.
    """

    relation: str
    ref: Ref
    source_bit: int
    target_bit: int
    is_set: bool


class Dialect(ABC):
    # These statements drop and create the triggers that keep sequere_count.
    drop_triggers: Sequence[str]
    create_triggers: Sequence[str]

    # The stored text of each trigger, by its name; and the query for such rows.
    triggers: Mapping[str, str]
    stored_triggers: str

    # These statements are executed once, before the tables have rows.
    prepare_tables: Sequence[str] = ()

    # The number of edges in one statement.
    batch_size = 5_000

    # Is a write of several edges more than one statement? And put(), even of one?
    writes_in_steps = False
    puts_in_steps = True

    # Must rows have keys, because text cannot be cast to every type of key?
    needs_keys = True

    # A join that is read from left to right, whatever the planner expects; and a clause
    # that keeps the planner from merging a subquery with the rest.
    join = "CROSS JOIN"
    fence = ""

    # Does the engine group the rows of two lists faster than it looks the rows of one
    # list up in the other?
    groups_fast = False

    # This hint follows a table of edges that are looked up by their slots.
    by_slot = ""

    # The query returns a row if there is an active edge in a slot.
    contains: str

    # This clause is added to a SELECT of count rows that are about to be changed.
    skip_locked = " FOR UPDATE SKIP LOCKED"

    # These statements change rows by the ids that follow; `table` is a placeholder.
    delete_by_id = "DELETE FROM {table} WHERE id IN"
    update_by_id = "UPDATE {table}"

    # These statements run before all edges are counted again, and keep writers away
    # meanwhile: the first runs outside of the transaction, where triggers cannot be
    # created inside.
    before_recount: Sequence[str] = ()
    lock_edges: Sequence[str] = ()

    # These statements run before and after wrong counts are corrected, in the same
    # transaction: two corrections must not run at once.
    before_correction: Sequence[str] = ()
    after_correction: Sequence[str] = ()

    # From so many rows on, a write takes several statements.
    many: float = inf

    # Does every count have one row?
    has_one_row = False

    def joined(self, slot: str) -> str:
        """Return a join that looks up the edge `e` in a slot, for each row on its left,
        whatever the planner expects.
        """
        return f"{self.join} sequere_edge e {self.by_slot} ON {slot}"

    def bound(self, statement: Statement) -> tuple[str, Any]:
        """Return the SQL and the parameters as the cursor takes them."""
        return statement

    # Writing

    @abstractmethod
    def add(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        """Add the rows whose slot is empty, and return their (from_object_id,
        to_object_id).

        Some dialects take more than one statement for more than one row. The same holds
        for the methods below. They return COLUMNS of the edges, unless they say
        otherwise: as they were before a removal, and as they are after a shift. Slots
        are locked IN_ORDER.
        """

    def hold_ends(self, run: Run, guard: Guard, keys: Sequence[Any]) -> None:
        """Lock the ends of many edges before the first edge is added, if add() would
        otherwise hold edges while it waits for the deletion of an end.
        """
        return None

    @abstractmethod
    def put(
        self, database: Runner, group: Group, rows: Sequence[Row]
    ) -> set[tuple[str, str]]:
        """Add the rows, and overwrite stored edges that differ from them. Return the
        edges that were missing or differed; bars stay.
        """

    @abstractmethod
    def remove(
        self, run: Run, group: Group, pairs: Sequence[tuple[str, str]], condition: str
    ) -> list[tuple[Any, ...]]:
        """Remove the edges of these pairs that meet the condition. Return OF_GROUP."""

    @abstractmethod
    def remove_all(
        self, run: Run, identifier: str, object_ids: Sequence[str], *, report: bool
    ) -> list[tuple[Any, ...]]:
        """Empty every slot that has one of these objects at an end. Return all rows if
        `report` is true. Otherwise return the rows of bars and blocks, if a block can
        be made meanwhile.
        """

    @abstractmethod
    def shift(self, run: Run, shift: Shift, *, report: bool) -> list[tuple[Any, ...]]:
        """Set or clear a bit; return the edges that changed, if `report` is true."""

    @abstractmethod
    def change(
        self, run: Run, slots: Sequence[Slot], change: Change
    ) -> list[tuple[Any, ...]]:
        """Change the edges in these slots; return the changed edges."""

    @abstractmethod
    def change_to(
        self, run: Run, relation: str, target: Ref, change: Change
    ) -> list[tuple[Any, ...]]:
        """Change the edges to `target`, which are found in its list."""

    def hold_end(self, run: Run, guard: Guard, object_id: str, key: Any) -> None:
        """Wait until no other writer adds an edge to this end, and keep writers out."""
        return None

    @abstractmethod
    def occupy(
        self, run: Run, slots: Sequence[Slot], bars: Sequence[int]
    ) -> list[tuple[Any, ...]]:
        """Store a bar in each slot that is empty, and lock all slots. Return the rows
        `(id, *COLUMNS)` of all slots that were taken, and maybe of others.
        """

    def bar(self, run: Run, rows: Sequence[tuple[Any, ...]], state: int) -> None:
        """Turn locked rows `(id, *COLUMNS)` into bars."""
        sql = self.update_by_id.format(table="sequere_edge")
        made = f"SET {BAR} WHERE id IN {ids_of(rows)}"
        run((f"{sql} {made}", [state]))

    def lift(self, run: Run, rows: Sequence[tuple[Any, ...]]) -> None:
        """Remove bars that are locked."""
        sql = self.delete_by_id.format(table="sequere_edge")
        run((f"{sql} {ids_of(rows)}", []))

    def take_counts(self, keys: Sequence[tuple[Any, ...]]) -> Statement:
        """Select the rows `(id, total, *COUNT_KEY)` of these counts that no other
        writer holds.
        """
        return (
            f"SELECT id, total, {COUNT_KEY} FROM sequere_count "
            f"WHERE ({COUNT_KEY}) IN (VALUES {values(len(keys), 6)}){self.skip_locked}",
            flat(keys),
        )

    # Reading

    @abstractmethod
    def lookup(self, asked: Lookup) -> Statement:
        """Select identifier, object id and time of the other ends of edges of
        `asked.state`.

        The query looks each edge up by its slot, whatever the planner expects.
        """

    @abstractmethod
    def taken(
        self, run: Run, slots: Sequence[Slot], *, lock: bool = False
    ) -> list[tuple[Any, ...]]:
        """Return the rows `(id, *COLUMNS)` of the edges and bars in these slots. `lock`
        locks the rows, in the order of `slots`, which must be sorted. One query.
        """

    @abstractmethod
    def among(self, others: Sequence[Ref]) -> Statement:
        """Return a table `o` of `others`, in two columns: identifier and object_id."""

    def beyond(
        self, position: Position, created: int, other: str, op: str
    ) -> Statement:
        """Return the condition that an edge stands behind `position` in a list."""
        return (
            f"(e.created, e.{other}_identifier, e.{other}_object_id) {op} (%s, %s, %s)",
            [created, position.identifier, position.object_id],
        )

    # Errors

    def is_missing_end(self, exc: Exception) -> bool:
        """Did add() of one row fail because an end has no row?"""
        return False

    def is_deadlock(self, exc: Exception) -> bool:
        return False


def placeholders(count: int) -> str:
    return ", ".join(["%s"] * count)


def values(rows: int, columns: int) -> str:
    return ", ".join([f"({placeholders(columns)})"] * rows)


def flat(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [value for row in rows for value in row]


def any_of(refs: Iterable[Ref], *, prefix: str = "") -> Statement:
    """Return the condition that the columns with `prefix` name one of `refs`."""
    conditions: list[str] = []
    params: list[str] = []
    for identifier, ids in by_identifier(refs).items():
        conditions.append(
            f"({prefix}identifier = %s "
            f"AND {prefix}object_id IN ({placeholders(len(ids))}))"
        )
        params += [identifier, *ids]
    return f"({' OR '.join(conditions)})", params


def ids_of(rows: Iterable[Sequence[Any]]) -> str:
    """Return the ids with which the rows begin."""
    return f"({', '.join(str(row[0]) for row in rows)})"


def by_identifier(refs: Iterable[Ref]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for identifier, object_id in refs:
        groups[identifier].append(object_id)
    return groups


def same(left: str, right: str = "") -> str:
    """Return the condition that two slots are the same; "" for `right` means values."""
    pairs = [f"{left}{column} = {right}{column}" for column in SLOT]
    return " AND ".join(pairs if right else [f"{left}{column} = %s" for column in SLOT])


def ends_of(identifier: str, object_ids: Sequence[str]) -> Statement:
    """Return the condition that an end of an edge is one of these objects."""
    ids = placeholders(len(object_ids))
    return (
        f"{IS_STORED} AND ((from_identifier = %s AND from_object_id IN ({ids})) "
        f"OR (to_identifier = %s AND to_object_id IN ({ids})))",
        [identifier, *object_ids] * 2,
    )


def of_shift(shift: Shift) -> Statement:
    """Return the condition that a shift changes an edge.

    No edge has the same ref at both ends, so a ref is at one end only.
    """
    bits = [(0 if shift.is_set else bit, bit) for bit in shift[2:4]]
    sides = [
        f"({end}_identifier = %s AND {end}_object_id = %s AND relation = %s "
        f"AND {IS_EDGE} AND state & {bit} = {now})"
        for end, (now, bit) in zip(("from", "to"), bits, strict=True)
    ]
    return " OR ".join(sides), [*shift.ref, shift.relation] * 2


def shifted(shift: Shift) -> Statement:
    """Return the state of an edge after a shift that changes the edge."""
    sign = "+" if shift.is_set else "-"
    return (
        f"state {sign} CASE WHEN from_identifier = %s AND from_object_id = %s "
        f"THEN {shift.source_bit} ELSE {shift.target_bit} END",
        [*shift.ref],
    )
