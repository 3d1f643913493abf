"""Where the lists of the public verbs get their edges and counts from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Required, TypeAlias, TypedDict, Unpack

from django.db.models import Model

from sequere.backends.base import BaseBackend
from sequere.registration import registry
from sequere.types import Direction, Edge, Position, Ref

Kind: TypeAlias = type[Model] | str


class Part(TypedDict, total=False):
    """Which part of a list is read; see BaseBackend.page()."""

    after: Position | None
    limit: Required[int]
    offset: int
    newest_first: bool


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
class Source(ABC):
    """The edges of `ref` that a list shows."""

    backend: BaseBackend
    relation: str
    ref: Ref
    identifiers: tuple[str, ...] | None
    direction: Direction = "followings"

    @abstractmethod
    def edges(self, **part: Unpack[Part]) -> list[Edge]: ...

    @abstractmethod
    async def aedges(self, **part: Unpack[Part]) -> list[Edge]: ...

    @abstractmethod
    def count(self) -> int: ...

    @abstractmethod
    async def acount(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PageSource(Source):
    def __str__(self) -> str:
        return f"{self.relation} {self.direction} {self.ref} {self.identifiers}"

    def edges(self, **part: Unpack[Part]) -> list[Edge]:
        return self.backend.page(
            self.relation,
            self.ref,
            self.direction,
            identifiers=self.identifiers,
            **part,
        )

    async def aedges(self, **part: Unpack[Part]) -> list[Edge]:
        return await self.backend.apage(
            self.relation,
            self.ref,
            self.direction,
            identifiers=self.identifiers,
            **part,
        )

    def count(self) -> int:
        return self.backend.counts(
            self.relation, [self.ref], self.direction, identifiers=self.identifiers
        )[self.ref]

    async def acount(self) -> int:
        counts = await self.backend.acounts(
            self.relation, [self.ref], self.direction, identifiers=self.identifiers
        )
        return counts[self.ref]


@dataclass(frozen=True, slots=True)
class FriendSource(Source):
    def __str__(self) -> str:
        return f"{self.relation} friends {self.ref} {self.identifiers}"

    def edges(self, **part: Unpack[Part]) -> list[Edge]:
        return self.backend.friends(
            self.relation, self.ref, identifiers=self.identifiers, **part
        )

    async def aedges(self, **part: Unpack[Part]) -> list[Edge]:
        return await self.backend.afriends(
            self.relation, self.ref, identifiers=self.identifiers, **part
        )

    def count(self) -> int:
        return self.backend.friends_count(
            self.relation, self.ref, identifiers=self.identifiers
        )

    async def acount(self) -> int:
        return await self.backend.afriends_count(
            self.relation, self.ref, identifiers=self.identifiers
        )
