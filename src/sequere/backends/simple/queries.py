"""The reads, in SQL that all engines understand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sequere.backends.simple.dialect import Statement, placeholders
from sequere.types import Direction, Ref

CONTAINS = (
    "SELECT 1 FROM sequere_edge WHERE from_object_id = %s AND from_identifier = %s "
    "AND relation = %s AND to_object_id = %s AND to_identifier = %s"
)


def lookup(
    relation: str, ref: Ref, direction: Direction, others: Sequence[Ref]
) -> Statement:
    me, other = columns(direction)
    either, ids = any_of(others, prefix=f"{other}_")
    return (
        f"SELECT {other}_identifier, {other}_object_id, created FROM sequere_edge "
        f"WHERE {me}_identifier = %s AND {me}_object_id = %s AND relation = %s "
        f"AND {either}",
        [*ref, relation, *ids],
    )


def counts(
    relation: str,
    refs: Sequence[Ref],
    direction: Direction,
    identifiers: Iterable[str] | None,
) -> Statement:
    either, ids = any_of(refs)
    kinds, names = of_kinds("other_identifier", identifiers)
    return (
        "SELECT identifier, object_id, SUM(total) FROM sequere_count "
        f"WHERE {either} AND relation = %s AND direction = %s{kinds} "
        "GROUP BY identifier, object_id",
        [*ids, relation, direction, *names],
    )


def page(
    direction: Direction,
    condition: Statement,
    *,
    limit: int,
    offset: int,
    newest_first: bool,
) -> Statement:
    """The other ends of the edges that meet `condition`, in the order of lists."""
    _, other = columns(direction)
    where, params = condition
    turn = "DESC" if newest_first else "ASC"
    return (
        f"SELECT {other}_identifier, {other}_object_id, created FROM sequere_edge e "
        f"WHERE {where} ORDER BY created {turn}, {other}_identifier {turn}, "
        f"{other}_object_id {turn} LIMIT %s OFFSET %s",
        [*params, limit, offset],
    )


def count(condition: Statement) -> Statement:
    where, params = condition
    return f"SELECT COUNT(*) FROM sequere_edge e WHERE {where}", params


def rest_of_counts(identifier: str, object_ids: Sequence[str], lock: str) -> Statement:
    """What is left, of resources without edges: rows such as +1 and -1."""
    return (
        "SELECT id, total, object_id, relation, direction, other_identifier "
        "FROM sequere_count WHERE identifier = %s "
        f"AND object_id IN ({placeholders(len(object_ids))}){lock}",
        [identifier, *object_ids],
    )


def delete_counts(ids: Sequence[int]) -> Statement:
    return f"DELETE FROM sequere_count WHERE id IN ({placeholders(len(ids))})", [*ids]


def of_ref(
    relation: str, ref: Ref, direction: Direction, identifiers: Iterable[str] | None
) -> Statement:
    """The condition that an edge is in the list of `ref`."""
    me, other = columns(direction)
    kinds, names = of_kinds(f"{other}_identifier", identifiers)
    return (
        f"{me}_identifier = %s AND {me}_object_id = %s AND relation = %s{kinds}",
        [*ref, relation, *names],
    )


def of_friends(relation: str, ref: Ref, identifiers: Iterable[str] | None) -> Statement:
    """The condition that an edge goes from `ref` to one who follows it back."""
    where, params = of_ref(relation, ref, "followings", identifiers)
    return (
        f"{where} AND EXISTS (SELECT 1 FROM sequere_edge back "
        "WHERE back.from_identifier = e.to_identifier "
        "AND back.from_object_id = e.to_object_id AND back.relation = e.relation "
        "AND back.to_identifier = %s AND back.to_object_id = %s)",
        [*params, *ref],
    )


def of_kinds(column: str, identifiers: Iterable[str] | None) -> Statement:
    if identifiers is None:
        return "", []
    names = list(identifiers)
    return f" AND {column} IN ({placeholders(len(names))})", names


def any_of(refs: Iterable[Ref], *, prefix: str = "") -> Statement:
    """The condition that the columns with `prefix` name one of `refs`."""
    conditions: list[str] = []
    params: list[str] = []
    for identifier, ids in by_identifier(refs).items():
        conditions.append(
            f"({prefix}identifier = %s "
            f"AND {prefix}object_id IN ({placeholders(len(ids))}))"
        )
        params += [identifier, *ids]
    return f"({' OR '.join(conditions)})", params


def by_identifier(refs: Iterable[Ref]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for identifier, object_id in refs:
        groups[identifier].append(object_id)
    return groups


def columns(direction: Direction) -> tuple[str, str]:
    """The prefix of this end's columns, and of the other's."""
    return ("to", "from") if direction == "followers" else ("from", "to")
