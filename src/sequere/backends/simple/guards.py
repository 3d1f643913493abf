from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db import connections, router
from django.db.models import IntegerField

from sequere.backends.simple.dialect import Guard
from sequere.databases import is_same_database
from sequere.primary_keys import is_plain
from sequere.registration import Registration, registry

MakeKey = Callable[[str], Any]


def guard(identifier: str, alias: str) -> tuple[Guard | None, MakeKey]:
    """Return the table that holds the resources of `identifier`, if the table is in the
    same database as `alias`, and the function that makes a key of an object id.

    An unmanaged model has no guard: its table may be a view, whose rows cannot be
    locked. A model whose key is a custom field has no guard either: only Python can
    read such a key.
    """
    registration = registry.find(identifier)
    if (
        registration is None
        or not registration.model._meta.managed
        or not is_plain(registration.pk)
        or not is_same_database(router.db_for_write(registration.model), alias)
    ):
        return None, no_key
    return table_of(registration, alias)


@lru_cache(maxsize=1024)
def table_of(registration: Registration, alias: str) -> tuple[Guard, MakeKey]:
    connection = connections[alias]
    quote = connection.ops.quote_name
    pk = registration.pk

    def key(object_id: str) -> Any:
        value = registration.key(object_id)
        return pk.get_db_prep_value(value, connections[alias], prepared=False)

    table = Guard(
        quote(registration.model._meta.db_table),
        quote(str(pk.column)),
        pk.rel_db_type(connection) or "",
    )
    return table, int if isinstance(pk, IntegerField) else key


def no_key(object_id: str) -> None:
    return None
