"""A model's key, and the text that edges hold: SQL converts each into the other.

There are two directions, so that either table may be read first and the other table by
its index.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func, IntegerField, TextField, UUIDField

from sequere.backends.simple.fields import exact_collation
from sequere.exceptions import NotSupported
from sequere.primary_keys import is_plain, own_field
from sequere.registration import Registration

X = "%(expressions)s"
# In MariaDB, $ also matches before a line break at the end.
END = "(?![[:space:]])$"
INTEGER = f"'^(0|-?[1-9][0-9]{{0,18}}){END}'"
BIGINT = "BETWEEN -9223372036854775808 AND 9223372036854775807"
UUID = f"'^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}{END}'"
HYPHENS = "'________-____-____-____-____________'"
PARTS = [
    f"SUBSTR({X}, {start}, {length})"
    for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
]

#: The SQL by the vendor of a database and the kind of key; "" is every other kind.
TO_TEXT = {
    ("sqlite", ""): f"CAST({X} AS TEXT) COLLATE %(collation)s",
    ("sqlite", "hex"): " || '-' || ".join(PARTS),
    ("postgresql", ""): f"{X}::text COLLATE %(collation)s",
    ("mysql", ""): f"CONVERT({X} USING utf8mb4) COLLATE %(collation)s",
    ("mysql", "hex"): (
        f"CONVERT(CONCAT_WS('-', {', '.join(PARTS)}) USING utf8mb4) "
        "COLLATE %(collation)s"
    ),
}

# Text is checked before it is cast. Edges may date from a time when the model had
# another key; the text of one such edge would make PostgreSQL end the query, and
# MariaDB an UPDATE.
TO_KEY = {
    ("sqlite", "integer"): (
        f"CASE WHEN CAST(CAST({X} AS INTEGER) AS TEXT) = {X} "
        f"THEN CAST({X} AS INTEGER) END"
    ),
    ("sqlite", "hex"): f"CASE WHEN {X} LIKE {HYPHENS} THEN REPLACE({X}, '-', '') END",
    ("sqlite", "text"): X,
    # A regular expression takes four times as long as these tests of a short text.
    ("postgresql", "integer"): (
        f"CASE WHEN length({X}) < 19 AND rtrim({X}, '0123456789') IN ('', '-') "
        f"AND {X} NOT IN ('', '-') THEN {X}::bigint WHEN {X} ~ {INTEGER} THEN "
        f"CASE WHEN {X}::numeric {BIGINT} THEN {X}::bigint END END"
    ),
    ("postgresql", "uuid"): f"CASE WHEN {X} ~ {UUID} THEN {X}::uuid END",
    ("postgresql", "text"): f"{X} COLLATE %(collation)s",
    ("mysql", "integer"): (
        f"CASE WHEN {X} REGEXP {INTEGER} THEN "
        f"CASE WHEN CAST({X} AS DECIMAL(20)) {BIGINT} THEN CAST({X} AS SIGNED) END END"
    ),
    ("mysql", "uuid"): f"CASE WHEN {X} REGEXP {UUID} THEN CAST({X} AS UUID) END",
    ("mysql", "hex"): f"CASE WHEN {X} LIKE {HYPHENS} THEN REPLACE({X}, '-', '') END",
    ("mysql", "text"): X,
}


class TextOfKey(Func):
    """The text that str() makes of a key in Python."""

    output_field = TextField()

    def __init__(self, expression: Any, pk: Any) -> None:
        super().__init__(expression)
        self.pk = pk

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> Any:
        vendor, kind = connection.vendor, kind_of(self.pk, connection)
        template = TO_TEXT.get((vendor, kind)) or TO_TEXT[vendor, ""]
        collation = quoted(exact_collation(connection) or "BINARY", connection)
        return super().as_sql(
            compiler, connection, template=f"({template})", collation=collation
        )


def key_of_text(column: str, pk: Any, connection: Any) -> str:
    """Return the SQL of the key that a column's text stands for, or of NULL if the text
    is not a key.
    """
    template = TO_KEY[connection.vendor, kind_of(pk, connection)]
    collation = quoted(collation_of(pk, connection) or "default", connection)
    return template % {"expressions": column, "collation": collation}


def check_key(registration: Registration) -> None:
    """Raise NotSupported for a key whose form in SQL is not known."""
    field = own_field(registration.pk)
    if not (
        is_plain(field)
        and isinstance(field, IntegerField | UUIDField | CharField | TextField)
    ):
        raise NotSupported(
            f"The key of {registration} is a {type(field).__name__}; querysets compare "
            "integers, UUIDs and text with edges. Use the verbs: get_followers(), "
            "get_followings(), followings_among() or get_followers_counts()."
        )


def is_exact(pk: Any, connection: Any) -> bool:
    """Are two keys equal in the model's table only if their text is the same?"""
    if kind_of(pk, connection) != "text":
        return True
    own = collation_of(pk, connection)
    exact: bool = own == exact_collation(connection)
    return exact


def kind_of(pk: Any, connection: Any) -> str:
    field = own_field(pk)
    if isinstance(field, UUIDField):
        return "uuid" if connection.features.has_native_uuid_field else "hex"
    return "integer" if isinstance(field, IntegerField) else "text"


def collation_of(pk: Any, connection: Any) -> str | None:
    """Return the collation of the column, if the model names one."""
    collation: str | None = pk.db_parameters(connection).get("collation")
    return collation


def quoted(name: str, connection: Any) -> str:
    quoted: str = connection.ops.quote_name(name)
    return quoted
