"""Reads in SQL that all engines understand. They read active edges by default."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sequere.backends.simple.dialect import (
    COLUMNS,
    IS_EDGE,
    Dialect,
    Statement,
    any_of,
    flat,
    placeholders,
)
from sequere.declaration import MUTE, UNTIL
from sequere.times import to_microseconds
from sequere.types import ACTIVE, Direction, Neighbours, Ref, Span, Window

EDGES: Statement = ("sequere_edge e", [])
#: This number is later than every stored time.
FOREVER = 2**62


def states(
    dialect: Dialect, relation: str, ref: Ref, others: Sequence[Ref], *, mutes: bool
) -> Statement:
    """Select for each of `others` the slot from `ref`, the slot to `ref`, and, with
    `mutes`, the end of a mute, or FOREVER. A slot holds the time of an active edge, or
    FOREVER and the state of a bar or of another edge.
    """
    mine, theirs = ("%s", "%s"), ("o.object_id", "o.identifier")
    own = [ref.object_id, ref.identifier]

    def held(columns: str, ends: Sequence[Sequence[str]], more: str = "") -> str:
        (source_id, source), (target_id, target) = ends
        return (
            f"(SELECT {columns} FROM sequere_edge {dialect.by_slot} "
            f"WHERE from_object_id = {source_id} AND from_identifier = {source} "
            f"AND relation = %s AND to_object_id = {target_id} "
            f"AND to_identifier = {target}{more})"
        )

    content = f"CASE WHEN state = 0 THEN created ELSE {FOREVER} + state END"
    columns = [held(content, (mine, theirs)), held(content, (theirs, mine))]
    params = [*own, relation, relation, *own]
    if mutes:
        # The state is hidden from planners, which would consider reading a list.
        is_active = " AND state + 0 = 0"
        until = held("created", (mine, theirs), is_active)
        end = f"COALESCE({until}, {FOREVER})"
        columns.append(held(end, (mine, theirs), is_active))
        params += [*own, MUTE + UNTIL, *own, MUTE]
    among, refs = dialect.among(others)
    return (
        f"SELECT o.identifier, o.object_id, {', '.join(columns)} FROM {among}",
        [*params, *refs],
    )


def counts(
    relation: str,
    refs: Sequence[Ref],
    direction: Direction,
    identifiers: Iterable[str] | None,
    state: int,
) -> Statement:
    either, ids = any_of(refs)
    kinds, names = of_kinds("other_identifier", identifiers)
    return (
        "SELECT identifier, object_id, SUM(total) FROM sequere_count "
        f"WHERE {either} AND relation = %s AND direction = %s "
        f"AND state = {state}{kinds} GROUP BY identifier, object_id",
        [*ids, relation, direction, *names],
    )


def lengths(
    relation: str, lists: Iterable[Neighbours], identifiers: Iterable[str] | None
) -> Statement:
    """Select the length of each list, in one row."""
    kinds, names = of_kinds("other_identifier", identifiers)
    one = (
        "(SELECT COALESCE(SUM(total), 0) FROM sequere_count WHERE identifier = %s "
        f"AND object_id = %s AND relation = %s AND direction = %s AND state = 0{kinds})"
    )
    found = [[*ref, relation, direction, *names] for ref, direction in lists]
    return f"SELECT {', '.join([one] * len(found))}", flat(found)


def counts_within(
    relation: str,
    refs: Sequence[Ref],
    direction: Direction,
    identifiers: Iterable[str] | None,
    state: int,
    span: Span,
) -> Statement:
    """counts() within a time span, for which edges are read."""
    me, other = columns(direction)
    either, ids = any_of(refs, prefix=f"{me}_")
    kinds, names = of_kinds(f"{other}_identifier", identifiers)
    times, moments = of_span(span)
    return (
        f"SELECT {me}_identifier, {me}_object_id, COUNT(*) FROM sequere_edge "
        f"WHERE {either} AND relation = %s AND state = {state}{kinds}{times} "
        f"GROUP BY {me}_identifier, {me}_object_id",
        [*ids, relation, *names, *moments],
    )


def page(
    direction: Direction,
    condition: Statement,
    window: Window,
    tables: Statement = EDGES,
) -> Statement:
    """Select the other ends of edges that meet `condition`, in the order of lists."""
    _, other = columns(direction)
    where, params = condition
    read, first_params = tables
    turn = "DESC" if window.newest_first else "ASC"
    return (
        f"SELECT e.{other}_identifier, e.{other}_object_id, e.created FROM {read} "
        f"WHERE {where} ORDER BY e.created {turn}, e.{other}_identifier {turn}, "
        f"e.{other}_object_id {turn} LIMIT %s OFFSET %s",
        [*first_params, *params, window.limit, window.offset],
    )


def pages(statements: Sequence[Statement]) -> Statement:
    """Select the rows of all `statements`, each behind the number of its statement."""
    return (
        " UNION ALL ".join(
            f"SELECT {number}, part{number}.* FROM ({sql}) part{number}"
            for number, (sql, _) in enumerate(statements)
        ),
        [param for _, params in statements for param in params],
    )


def scan(after: int, limit: int) -> Statement:
    return (
        f"SELECT id, {COLUMNS} FROM sequere_edge WHERE id > %s AND {IS_EDGE} "
        "ORDER BY id LIMIT %s",
        [after, limit],
    )


def count(condition: Statement) -> Statement:
    where, params = condition
    return f"SELECT COUNT(*) FROM sequere_edge e WHERE {where}", params


def of_list(
    relation: str,
    whose: Neighbours,
    identifiers: Iterable[str] | None,
    state: int = ACTIVE,
) -> Statement:
    """Return the condition that an edge is in a list."""
    me, other = columns(whose.direction)
    kinds, names = of_kinds(f"e.{other}_identifier", identifiers)
    return (
        f"e.{me}_identifier = %s AND e.{me}_object_id = %s AND e.relation = %s "
        f"AND e.state = {state}{kinds}",
        [*whose.ref, relation, *names],
    )


def of_both(
    relation: str,
    first: Neighbours,
    second: Neighbours,
    identifiers: Iterable[str] | None,
    dialect: Dialect,
) -> Statement:
    """Return the condition that an edge is in the list `first`, and its other end in
    `second`.

    The query walks `first`, and looks each edge up by its slot in `second`.
    """
    where, params = of_list(relation, first, identifiers)
    slot, of_slot = slot_of(relation, second, "too", first, "e")
    return (
        f"{where} AND EXISTS (SELECT 1 FROM sequere_edge too {dialect.by_slot} "
        f"WHERE {slot} {dialect.fence})",
        [*params, *of_slot],
    )


def count_of_both(
    relation: str, both: Sequence[Neighbours], identifiers: Iterable[str] | None
) -> Statement:
    """Count the resources that are in both lists. The query reads both lists."""
    ends, params = [], []
    for whose in both:
        where, of_one = of_list(relation, whose, identifiers)
        _, other = columns(whose.direction)
        ends.append(
            f"SELECT e.{other}_object_id AS object_id, e.{other}_identifier AS "
            f"identifier FROM sequere_edge e WHERE {where}"
        )
        params += of_one
    return (
        f"SELECT COUNT(*) FROM (SELECT 1 FROM ({' UNION ALL '.join(ends)}) ends "
        "GROUP BY object_id, identifier HAVING COUNT(*) = 2) shared",
        params,
    )


def of_second(
    relation: str,
    first: Neighbours,
    second: Neighbours,
    identifiers: Iterable[str] | None,
    dialect: Dialect,
) -> tuple[Statement, Statement]:
    """Do as of_both() does, but walk `second`; return tables and the condition."""
    me, other = columns(second.direction)
    slot, of_slot = slot_of(relation, first, "e", second, "too")
    kinds, names = of_kinds(f"too.{other}_identifier", identifiers)
    tables = (
        f"(SELECT {other}_identifier, {other}_object_id FROM sequere_edge "
        f"WHERE {me}_identifier = %s AND {me}_object_id = %s "
        f"AND relation = %s AND state = 0 {dialect.fence}) too {dialect.joined(slot)}"
    )
    return (tables, [*second.ref, relation, *of_slot]), (f"TRUE{kinds}", names)


def slot_of(
    relation: str, whose: Neighbours, edge: str, found: Neighbours, by: str
) -> Statement:
    """Return the condition that the row `edge` is an active edge of the list `whose`,
    with the other end of the row `by`, which is an edge of the list `found`.
    """
    me, other = columns(whose.direction)
    _, same = columns(found.direction)
    # The state is hidden from planners, which would consider reading a list.
    return (
        f"{edge}.{me}_object_id = %s AND {edge}.{me}_identifier = %s "
        f"AND {edge}.relation = %s AND {edge}.state + 0 = 0 "
        f"AND {edge}.{other}_object_id = {by}.{same}_object_id "
        f"AND {edge}.{other}_identifier = {by}.{same}_identifier",
        [whose.ref.object_id, whose.ref.identifier, relation],
    )


def of_span(span: Span) -> Statement:
    conditions, params = "", []
    for op, moment in ((">=", span.since), ("<", span.until)):
        if moment is not None:
            conditions += f" AND created {op} %s"
            params.append(to_microseconds(moment))
    return conditions, params


def of_kinds(column: str, identifiers: Iterable[str] | None) -> Statement:
    if identifiers is None:
        return "", []
    names = list(identifiers)
    return f" AND {column} IN ({placeholders(len(names))})", names


def columns(direction: Direction) -> tuple[str, str]:
    """Return the prefix of this end's columns, and of the other end's columns."""
    return ("to", "from") if direction == "followers" else ("from", "to")
