"""The data of the follow panel on an object's page, and the input of its form."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, unquote

from django.utils.translation import gettext_lazy as _

from sequere.backends.base import BaseBackend
from sequere.exceptions import BackendError
from sequere.handler import get_backend
from sequere.questions import Counts, Lookup, PageOf
from sequere.registration import registry
from sequere.relations import FOLLOW
from sequere.types import Direction, Edge, Neighbours, Ref, Window

#: The number of newest edges that a panel shows.
SHOWN = 10

WAYS: tuple[Direction, ...] = ("followers", "followings")
TITLES = {"followers": _("Followers"), "followings": _("Followings")}

logger = logging.getLogger("sequere.admin")


class Row(NamedTuple):
    #: The instance as text, or its ref if the instance is gone or hidden.
    label: str
    is_shown: bool
    url: str | None
    since: datetime
    #: The value that the form sends to remove the edge.
    value: str


class Panel(NamedTuple):
    direction: Direction
    title: str
    total: int
    rows: list[Row]


def read_panels(
    ref: Ref, backend: BaseBackend, url_of: Callable[[Ref], str | None]
) -> list[Panel]:
    """Return the counts and the newest edges of `ref`. Two queries for each direction,
    and one for each model.
    """
    edges = {
        way: backend.ask(PageOf(FOLLOW.name, ref, way, Window(SHOWN))) for way in WAYS
    }
    found = registry.resolve({edge.other(way) for way in WAYS for edge in edges[way]})

    def row(edge: Edge, other: Ref) -> Row:
        label = str(found.get(other, other))
        value = quote(str(other), safe=":")
        return Row(label, other in found, url_of(other), edge.created, value)

    return [
        Panel(
            way,
            str(TITLES[way]),
            backend.ask(Counts(FOLLOW.name, [ref], way))[ref],
            [row(edge, edge.other(way)) for edge in edges[way]],
        )
        for way in WAYS
    ]


def sent_edges(
    ref: Ref, backend: BaseBackend, sent: Callable[[str], Iterable[str]]
) -> list[Edge]:
    """Return the edges of `ref` whose values a form has `sent`, and that exist.

    Raise InvalidEdge for a value that names no edge. Up to two queries.
    """
    edges: list[Edge] = []
    for way in WAYS:
        others = [ref_of(value) for value in sent(way)]
        found = backend.ask(Lookup(FOLLOW.name, ref, way, others))
        whose = Neighbours(ref, way)
        edges += [whose.edge(FOLLOW.name, *item) for item in found.items()]
    return edges


def ref_of(value: str) -> Ref:
    identifier, _colon, object_id = value.partition(":")
    return Ref(identifier, unquote(object_id))


class PageCounts:
    """The counts of all rows on a page of the changelist: one query for each column."""

    def __init__(self, refs: list[Ref], using: str | None) -> None:
        self._refs = refs
        self._using = using
        self._found: dict[Direction, dict[Ref, int]] = {}

    def get(self, ref: Ref, direction: Direction) -> int | None:
        """Return the count, or None if the backend cannot be reached."""
        if direction not in self._found:
            self._found[direction] = self._read(direction)
        return self._found[direction].get(ref)

    def _read(self, direction: Direction) -> dict[Ref, int]:
        try:
            question = Counts(FOLLOW.name, self._refs, direction)
            return get_backend(self._using).ask(question)
        except BackendError:
            logger.exception("The %s cannot be counted.", direction)
            return {}
