"""The graph inside querysets, if the edges are in the same database as the model.

The expressions make their SQL themselves. Django would make the same SQL of querysets,
but in four times the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Expression,
    F,
    Func,
    Q,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from sequere.backends.graph import Graph
from sequere.backends.simple.engines import dialect_for
from sequere.backends.simple.keys import TextOfKey, check_key, is_exact, key_of_text
from sequere.backends.simple.queries import columns
from sequere.registration import Registration
from sequere.times import to_microseconds
from sequere.types import ACTIVE, Direction, Ref


class Listed(Func):
    """Is the row in a list? This is the form for PostgreSQL, which may begin at either
    table by it; and, with two lists, read one and look its rows up in the other.
    """

    output_field = BooleanField()

    def __init__(self, pk: Any, column: str, listed: str, params: list[Any]) -> None:
        """The row's key is in `column` of the rows that the SQL `listed` reads."""
        super().__init__(key_of(pk), text_of(pk))
        self.pk = pk
        self.column = column
        self.listed = listed
        self.params = params

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        key, text = map(compiler.compile, self.get_source_expressions())
        found = key_of_text(self.column, self.pk, connection)
        return (
            f"EXISTS(SELECT 1 {self.listed} AND {self.column} = {text[0]} "
            f"AND {found} = {key[0]})",
            [*self.params, *text[1], *key[1]],
        )


class Probe(Func):
    """Does the slot between a resource and the row hold an edge?

    The subquery is run for each row that is read, and looks the edge up by its slot: a
    planner might read all followers of a viewer to show a page of 20.
    """

    output_field = BooleanField()

    def __init__(
        self,
        pk: Any,
        column: str,
        slot: dict[str, Any],
        state: int = ACTIVE,
        until: datetime | None = None,
    ) -> None:
        """The row's key is in `column`; `slot` has the other columns of SLOT."""
        super().__init__(text_of(pk))
        self.column = column
        self.slot = slot
        self.state = state
        self.until = until

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        [expression] = self.get_source_expressions()
        text, params = compiler.compile(expression)
        until, moments = "", []
        if self.until is not None:
            until, moments = " AND created <= %s", [to_microseconds(self.until)]
        dialect = dialect_for(connection)
        # The hidden state keeps planners from reading a list, whose index covers it.
        return (
            f"EXISTS(SELECT 1 FROM sequere_edge {dialect.by_slot} "
            f"WHERE {matching(self.slot)} AND {self.column} = {text} "
            f"AND state + 0 = {self.state}{until} {dialect.fence})",
            [*self.slot.values(), *params, *moments],
        )


class Total(Func):
    """The count of followers or followings of the row."""

    output_field = BigIntegerField()

    def __init__(self, pk: Any, count: dict[str, Any]) -> None:
        """`count` has the columns of COUNT_KEY that choose the count."""
        super().__init__(text_of(pk))
        self.count = count

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        [expression] = self.get_source_expressions()
        text, params = compiler.compile(expression)
        return (
            "COALESCE((SELECT SUM(total) FROM sequere_count "
            f"WHERE {matching(self.count)} AND object_id = {text}), 0)",
            [*self.count.values(), *params],
        )


class SimpleGraph(Graph):
    def __init__(self, relation: str, registration: Registration, using: str) -> None:
        check_key(registration)
        self.relation = relation
        self.identifier = registration.identifier
        self.pk = registration.pk
        self.connection = connections[using]

    def among(self, ref: Ref, direction: Direction) -> Q:
        column, slot = self._slot(ref, direction)
        listed = f"FROM sequere_edge WHERE {matching(slot)} AND state = {ACTIVE}"
        params = list(slot.values())
        if self.connection.vendor == "postgresql":
            return Q(Listed(self.pk, column, listed, params))
        # These engines read each list once. Django 6.1 would compare the result of an
        # expression with True, and then they read every row.
        found = key_of_text(column, self.pk, self.connection)
        keys = RawSQL(f"SELECT {found} {listed}", params)
        among = Q(**{f"{self.pk.attname}__in": keys})
        if is_exact(self.pk, self.connection):
            return among
        return among & Q(self.contains(ref, direction))

    def contains(
        self,
        ref: Ref,
        direction: Direction,
        *,
        state: int = ACTIVE,
        until: datetime | None = None,
    ) -> Expression:
        return Probe(self.pk, *self._slot(ref, direction), state, until)

    def count(self, direction: Direction) -> Expression:
        count = {
            "identifier": self.identifier,
            "relation": self.relation,
            "direction": direction,
            "state": ACTIVE,
        }
        return Cast(Total(self.pk, count), BigIntegerField())

    def _slot(self, ref: Ref, direction: Direction) -> tuple[str, dict[str, Any]]:
        """Return the column that has the row's key, and what the other columns of the
        slot have.
        """
        me, other = columns(direction)
        slot = {
            f"{me}_object_id": ref.object_id,
            f"{me}_identifier": ref.identifier,
            "relation": self.relation,
            f"{other}_identifier": self.identifier,
        }
        return f"{other}_object_id", slot


def matching(columns: Iterable[str]) -> str:
    """Return the condition that each of these columns equals a parameter."""
    return " AND ".join(f"{column} = %s" for column in columns)


def key_of(pk: Any) -> F:
    return F(pk.attname)


def text_of(pk: Any) -> TextOfKey:
    return TextOfKey(key_of(pk), pk)
