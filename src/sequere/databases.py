"""Find the database of an alias: two aliases may lead to the same database."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, Literal

from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.models import Model

SEARCH_PATH = re.compile(r"search_path\s*=\s*(\S+)")


def is_same_database(one: str, other: str) -> bool:
    """Do both aliases lead to the same database? No query.

    They do if ENGINE, HOST, PORT and NAME of both are the same, or if TEST["MIRROR"] of
    one alias says that it is a replica of the other alias.
    """
    return one == other or address(one) == address(other)


def address(alias: str) -> Hashable:
    """Return a value that is equal for aliases of the same database."""
    params = connections[alias].settings_dict
    primary = params["TEST"].get("MIRROR")
    if primary and primary != alias:
        return address(primary)
    name = str(params["NAME"])
    if name in ("", ":memory:"):
        return alias
    places = [str(params[key]) for key in ("ENGINE", "HOST", "PORT")]
    return (name, *places, *schemas(params["OPTIONS"]))


def schemas(options: Any) -> list[str]:
    """Return the schemas that the options of a PostgreSQL connection choose.

    Connections with different schemas are different databases here.
    """
    text = str(options.get("options", ""))
    return [str(options.get("service", "")), *SEARCH_PATH.findall(text)]


def routed(
    action: Literal["db_for_read", "db_for_write"], model: type[Model], **hints: Any
) -> str | None:
    """Return the alias that a router of the project chooses, or None.

    Django's own default is not used: it is the database from which an instance was
    loaded, and by this default every row would be in its home database.
    """
    for each in router.routers:
        choose = getattr(each, action, None)
        if choose and (alias := choose(model, **hints)):
            return str(alias)
    return None


def home_of(model: type[Model], **hints: Any) -> str:
    """Return the alias of the database to which the rows of `model` are written."""
    return routed("db_for_write", model, **hints) or DEFAULT_DB_ALIAS


def holds_copy(model: type[Model], home: str, using: str) -> bool:
    """Can rows of `model` that are written to `home` be read in `using`?

    They can if both aliases are the same database, or if the routers say so: `model` is
    migrated in `using`, and relations between rows of both are allowed, as in Django's
    example of replicas.
    """
    if is_same_database(home, using):
        return True
    return bool(
        router.routers
        and router.allow_migrate_model(using, model)
        and router.allow_relation(row_in(home, model), row_in(using, model))
    )


def row_in(alias: str, model: type[Model]) -> Model:
    row = model()
    row._state.db = alias
    return row
