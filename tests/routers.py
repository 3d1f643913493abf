"""Routers of projects with several databases."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from sequere.testing.models import Club, Person


class Replicas:
    """Reads go to a primary and its replica in turn; writes go to the primary."""

    turns = cycle(["replica", "default"])

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return next(self.turns)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"


class Pool:
    """`other` is a replica, and only allow_relation() says so."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "other"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


class Apart:
    """Clubs are kept in `other`, and rows of all models may be related."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "other" if model is Club else None

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


class Shards:
    """People with odd keys are kept in `other`."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        person = hints.get("instance")
        return "other" if isinstance(person, Person) and person.pk % 2 else None

    db_for_write = db_for_read


class Tenant:
    """Everything is in the database of the current tenant."""

    current = "default"

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return self.current

    db_for_write = db_for_read
