"""Where the lists of the public verbs get their edges and counts from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from django.db.models import Model

from sequere.backends.base import BaseBackend
from sequere.registration import registry
from sequere.types import Direction, Edge, Position, Ref

Kind: TypeAlias = type[Model] | str


def identifiers_of(kinds: Iterable[Kind]) -> tuple[str, ...] | None:
    """The identifiers of models or identifiers; None, for all, if there are none.

    Raise NotRegistered.
    """
    found = [
        registry.get(kind) if isinstance(kind, str) else registry.get_for_model(kind)
        for kind in kinds
    ]
    return tuple(sorted({each.identifier for each in found})) or None


@dataclass(frozen=True, slots=True)
class PageSource:
    backend: BaseBackend
    relation: str
    ref: Ref
    identifiers: tuple[str, ...] | None
    direction: Direction

    def __str__(self) -> str:
        return f"{self.relation} {self.direction} {self.ref} {self.identifiers}"

    def edges(
        self,
        *,
        after: Position | None,
        limit: int,
        offset: int = 0,
        newest_first: bool = True,
    ) -> list[Edge]:
        return self.backend.page(
            self.relation,
            self.ref,
            self.direction,
            identifiers=self.identifiers,
            after=after,
            limit=limit,
            offset=offset,
            newest_first=newest_first,
        )

    def count(self) -> int:
        return self.backend.counts(
            self.relation, [self.ref], self.direction, identifiers=self.identifiers
        )[self.ref]


@dataclass(frozen=True, slots=True)
class FriendSource:
    backend: BaseBackend
    relation: str
    ref: Ref
    identifiers: tuple[str, ...] | None
    direction: Direction = "followings"

    def __str__(self) -> str:
        return f"{self.relation} friends {self.ref} {self.identifiers}"

    def edges(
        self,
        *,
        after: Position | None,
        limit: int,
        offset: int = 0,
        newest_first: bool = True,
    ) -> list[Edge]:
        return self.backend.friends(
            self.relation,
            self.ref,
            identifiers=self.identifiers,
            after=after,
            limit=limit,
            offset=offset,
            newest_first=newest_first,
        )

    def count(self) -> int:
        return self.backend.friends_count(
            self.relation, self.ref, identifiers=self.identifiers
        )
