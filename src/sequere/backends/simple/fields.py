from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from sequere.backends.simple import triggers
from sequere.times import from_microseconds, to_microseconds

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
    BigIntegerField = models.BigIntegerField[datetime, datetime]
else:
    CharField = models.CharField
    BigIntegerField = models.BigIntegerField


class ExactTextField(CharField):
    """A text field that compares exactly, and sorts by code point.

    The default collations of MariaDB treat 'a', 'A' and 'a ' as equal, and the default
    collations of PostgreSQL sort by language.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        return {**parameters, "collation": exact_collation(connection)}


def exact_collation(connection: Any) -> str | None:
    if connection.vendor == "postgresql":
        return "C"
    if connection.vendor == "mysql":
        return (
            "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"
        )
    return None


class MicrosecondsField(BigIntegerField):
    """A datetime that is stored in microseconds, as sequere.times defines them."""

    def from_db_value(
        self, value: int | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> datetime | None:
        return None if value is None else from_microseconds(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime):
            return value
        return from_microseconds(int(value))

    def get_prep_value(self, value: Any) -> Any:
        return to_microseconds(value) if isinstance(value, datetime) else value

    def value_from_object(self, obj: models.Model) -> Any:
        # Fixtures need this: their encoder would cut a datetime to milliseconds.
        return self.get_prep_value(super().value_from_object(obj))


class UniqueIndex(models.Index):
    """A unique index. On SQLite, the triggers are created again after this index
    whenever a migration makes the table again.
    """

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: Any,
        using: str = "",
        **kwargs: Any,
    ) -> Any:
        statement = super().create_sql(model, schema_editor, using, **kwargs)
        if self.is_unique(schema_editor.connection.vendor):
            statement.template = statement.template.replace("INDEX", "UNIQUE INDEX", 1)
        triggers.survive(schema_editor)
        return statement

    def is_unique(self, vendor: str) -> bool:
        return True


class SlotIndex(UniqueIndex):
    """On PostgreSQL, the index holds the state, so look-ups need not read the table."""

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: Any,
        using: str = "",
        **kwargs: Any,
    ) -> Any:
        statement = super().create_sql(model, schema_editor, using, **kwargs)
        if schema_editor.connection.vendor == "postgresql":
            statement.parts["include"] = " INCLUDE (state)"
        return statement


class ListIndex(models.Index):
    """An index that PostgreSQL uses only if a query says IS_STORED or asks for one
    state. Otherwise, with old statistics, the planner would rate a list as highly as
    the unique key for a slot, and could read the list from end to end.
    """

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: Any,
        using: str = "",
        **kwargs: Any,
    ) -> Any:
        statement: Any = super().create_sql(model, schema_editor, using, **kwargs)
        if schema_editor.connection.vendor == "postgresql":
            statement.parts["condition"] = " WHERE state >= 0"
        return statement


class CountIndex(UniqueIndex):
    """Unique on SQLite, whose one writer at a time needs one row for each count."""

    def is_unique(self, vendor: str) -> bool:
        return vendor == "sqlite"
