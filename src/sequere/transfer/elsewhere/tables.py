"""Read the tables of other packages, which need not be installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth import get_user_model
from django.db import connections, models

from sequere.exceptions import InvalidCursor, InvalidFile, NotRegistered, SequereError
from sequere.registration import registry
from sequere.transfer.records import Record, checked, ref_of
from sequere.types import ACTIVE, Edge, Ref

BATCH_SIZE = 1000


class Found(NamedTuple):
    """An edge in the terms of the other package: `kind` is mapped to a relation."""

    kind: str
    source: Ref
    target: Ref
    created: datetime | None
    state: int = ACTIVE


Row = Mapping[str, Any]


class Table(NamedTuple):
    """A table, its columns besides `id`, and a function that converts a row to an edge,
    or to None if the row is not an edge.
    """

    name: str
    columns: Sequence[str]
    #: The column with the time, or None.
    time: str | None
    found: Callable[[Tables, Row], Found | None]

    def model(self) -> type[models.Model]:
        """Return a model of the table. The model belongs to no app."""
        meta = {
            "db_table": self.name,
            "managed": False,
            "app_label": "sequere",
            "apps": Apps(),
        }
        # Text fields return keys of all types unchanged.
        fields: dict[str, Any] = {name: models.TextField() for name in self.columns}
        fields["id"] = models.BigAutoField(primary_key=True)
        if self.time:
            fields[self.time] = models.DateTimeField(null=True)
        names = {"__module__": __name__, "Meta": type("Meta", (), meta), **fields}
        return type("Row", (models.Model,), names)


@dataclass
class Tables:
    """The tables of one package, in a database. The rows are read in the order of their
    keys, and are not changed.
    """

    tables: Sequence[Table]
    database: str
    #: The name of the relation for each kind. The name "" omits the edges.
    relations: Mapping[str, str]
    fraction: float | None = None
    omitted: int = 0
    _models: dict[int, str] = field(default_factory=dict)

    def records(self, now: datetime, place: str | None) -> Iterator[Record]:
        tables = self._existing()
        first, after = self._parse(place, tables)
        for number, table in enumerate(tables):
            if number >= first:
                yield from self._rows(table, after if number == first else 0, now)

    def user(self, key: Any) -> Ref:
        identifier = registry.get_for_model(get_user_model()).identifier
        return ref_of(identifier, str(key))

    def generic(self, content_type: Any, object_id: Any) -> Ref:
        """Return the ref of a row that is named by its content type and its key."""
        label = self._label(int(content_type))
        try:
            registration = registry.get_for_model(installed.get_model(label))
        except LookupError as exc:
            if isinstance(exc, NotRegistered):
                raise
            raise NotRegistered(f"No installed app has the model {label}.") from None
        return ref_of(registration.identifier, str(object_id))

    def _rows(self, table: Table, after: int, now: datetime) -> Iterator[Record]:
        rows = table.model()._base_manager.using(self.database).order_by("pk")
        last = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
        while batch := list(rows.filter(pk__gt=after)[:BATCH_SIZE].values()):
            for row in batch:
                after = row["id"]
                # Without times, only the order of the rows is known.
                time = now - (last - after) * datetime.resolution
                if record := self._record(table, row, time):
                    yield record
                else:
                    self.omitted += 1

    def _record(self, table: Table, row: Row, time: datetime) -> Record | None:
        where, place = f"{table.name} {row['id']}", f"{table.name}:{row['id']}"
        try:
            found = table.found(self, row)
        except SequereError as exc:
            return Record(where, place, None, str(exc))
        relation = found and self.relations.get(found.kind, found.kind)
        if not found or not relation:
            return None
        ends, created = (found.source, found.target), found.created or time
        return checked(where, place, Edge(relation, *ends, created, found.state))

    def _existing(self) -> list[Table]:
        names = connections[self.database].introspection.table_names()
        tables = [table for table in self.tables if table.name in names]
        if not tables:
            wanted = " or ".join(table.name for table in self.tables)
            raise InvalidFile(
                f"The database {self.database!r} has no table {wanted}. Name another "
                "one with --database."
            )
        return tables

    def _parse(self, place: str | None, tables: list[Table]) -> tuple[int, int]:
        if place is None:
            return 0, 0
        name, _, key = place.partition(":")
        for number, table in enumerate(tables):
            if table.name == name and key.isascii() and key.isdecimal():
                return number, int(key)
        raise InvalidCursor(f"{place!r} is not a place of these tables.")

    def _label(self, content_type: int) -> str:
        if not self._models:
            table = Table("django_content_type", ["app_label", "model"], None, no_edge)
            rows = table.model()._base_manager.using(self.database).values()
            self._models |= {r["id"]: f"{r['app_label']}.{r['model']}" for r in rows}
        return self._models.get(content_type, f"content type {content_type}")


def no_edge(tables: Tables, row: Row) -> None:
    """Return None: a row of this table only describes the kind of other rows."""
