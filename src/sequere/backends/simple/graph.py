"""The graph inside querysets, if the edges are in the same database as the model."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import (
    BigIntegerField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from sequere.backends.graph import Graph
from sequere.backends.simple.keys import KeyOfText, TextOfKey, check_key, is_exact
from sequere.backends.simple.models import CountRow, EdgeRow
from sequere.backends.simple.queries import columns
from sequere.backends.simple.sqlite_counts import BY_SLOT
from sequere.registration import Registration
from sequere.types import ACTIVE, Direction, Ref

# Django 6.1 quotes the alias.
EDGES = re.compile(r'FROM "sequere_edge" "?\w+"?')


class Probe(Exists):
    """A subquery that is run for each row that is read.

    PostgreSQL plans the subquery for all rows of the table, whatever the LIMIT of the
    query, and would read all followers of a viewer to show a page of 20. OFFSET
    prevents that plan.
    """

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="EXISTS(%(subquery)s OFFSET 0)"
        )

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        # An index of lists covers the subquery, and SQLite would read it instead.
        sql, params = self.as_sql(compiler, connection)
        return EDGES.sub(rf"\g<0> {BY_SLOT}", sql, count=1), params


class SimpleGraph(Graph):
    def __init__(self, relation: str, registration: Registration, using: str) -> None:
        check_key(registration)
        self.relation = relation
        self.identifier = registration.identifier
        self.pk = registration.pk
        self.connection = connections[using]

    def among(self, ref: Ref, direction: Direction) -> Q:
        edges, object_id = self._edges(ref, direction)
        edges = edges.filter(state=ACTIVE)
        key = KeyOfText(F(object_id), self.pk)
        if self.connection.vendor == "postgresql":
            # Both forms let the planner begin at either table; and, with two lists,
            # read one and look its rows up in the other. Other engines read each list
            # once.
            both = {object_id: own_object_id(self.pk), "key": OuterRef(self.pk.attname)}
            return Q(Exists(edges.alias(key=key).filter(**both)))
        among = Q(**{f"{self.pk.attname}__in": edges.values_list(key)})
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
    ) -> Exists:
        edges, object_id = self._edges(ref, direction)
        # The hidden state keeps planners from reading a list, whose index covers it.
        edges = edges.alias(hidden_state=F("state") + 0).filter(hidden_state=state)
        if until is not None:
            edges = edges.filter(created__lte=until)
        return Probe(edges.filter(**{object_id: own_object_id(self.pk)}))

    def count(self, direction: Direction) -> Subquery[Any]:
        # Sum() would group, and find no group if there is no row. Func does not group.
        total = Coalesce(Func(F("total"), function="SUM"), Value(0))
        rows: QuerySet[CountRow] = QuerySet(CountRow).filter(
            object_id=own_object_id(self.pk),
            identifier=self.identifier,
            relation=self.relation,
            direction=direction,
            state=ACTIVE,
        )
        return Subquery(rows.values_list(Cast(total, BigIntegerField())))

    def _edges(self, ref: Ref, direction: Direction) -> tuple[QuerySet[EdgeRow], str]:
        """Return the edges between `ref` and rows, and the field with the row's id."""
        me, other = columns(direction)
        ends: dict[str, Any] = {
            f"{me}_object_id": ref.object_id,
            f"{me}_identifier": ref.identifier,
            "relation": self.relation,
            f"{other}_identifier": self.identifier,
        }
        return QuerySet(EdgeRow).filter(**ends), f"{other}_object_id"


def own_object_id(pk: Any) -> TextOfKey:
    return TextOfKey(OuterRef(pk.attname), pk)
