"""The verbs that list, and suggest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sequere.declaration import Declaration
from sequere.handler import get_backend
from sequere.lists.readers import CommonReader, Kind, PageReader, identifiers_of
from sequere.lists.resources import M, ResourceList
from sequere.lists.suggestions import Search, Suggestion
from sequere.plans import Plan
from sequere.registration import Resource, registry
from sequere.types import Direction, Neighbours
from sequere.verbs import averb, verb


class Listing(Declaration):
    def sources(
        self, target: Resource, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        """The sources of `target`, newest first; of some models or identifiers only, if
        `kinds` are given. Lazy: see ResourceList for the cost.
        """
        return self._list(target, "followers", kinds, using)

    def targets(
        self, source: Resource, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        """The targets of `source`. See sources()."""
        return self._list(source, "followings", kinds, using)

    def mutual(
        self, resource: Resource, *kinds: type[M] | str, using: str | None = None
    ) -> ResourceList[tuple[M, datetime]]:
        """The targets of `resource`, since when, that are its sources, too.

        See sources(). A page, or len(), costs two queries, and at most a few reads of
        the shorter of both lists.
        """
        return self._common(resource, "followings", resource, "followers", kinds, using)

    def common_targets(
        self,
        resource: Resource,
        other: Resource,
        *kinds: type[M] | str,
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """The targets of `resource`, since when, that are targets of `other`, too. See
        mutual() for the cost.
        """
        return self._common(resource, "followings", other, "followings", kinds, using)

    def common_sources(
        self,
        resource: Resource,
        other: Resource,
        *kinds: type[M] | str,
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """The sources of `resource`, since when, that are sources of `other`, too. See
        mutual() for the cost.
        """
        return self._common(resource, "followers", other, "followers", kinds, using)

    def known_sources(
        self,
        viewer: Resource,
        target: Resource,
        *kinds: type[M] | str,
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """The targets of `viewer`, since when, that are sources of `target`: "followed
        by X, Y and 3 others that you follow". See mutual() for the cost.
        """
        return self._common(viewer, "followings", target, "followers", kinds, using)

    def _suggestions(
        self,
        viewer: Resource,
        *kinds: type[M] | str,
        limit: int = 10,
        breadth: int = 100,
        depth: int = 100,
        reasons: int = 3,
        using: str | None = None,
    ) -> Plan[list[Suggestion[M]]]:
        """Resources that are targets of the targets of `viewer`, and not yet its own.
        First the targets of most of them, each with up to `reasons` of them.

        Looks at the `depth` newest targets of each of the `breadth` newest targets of
        `viewer`, so that the cost has a bound. Three queries, and one for each type of
        instance. Raise ValueError for a number below 1, or `reasons` below 0.
        """
        for option, number in (
            ("limit", limit),
            ("breadth", breadth),
            ("depth", depth),
        ):
            if number < 1:
                raise ValueError(f"`{option}` must be at least 1, not {number!r}.")
        if reasons < 0:
            raise ValueError(f"`reasons` must be at least 0, not {reasons!r}.")
        ref, identifiers = registry.ref(viewer), identifiers_of(kinds)
        search = Search(self.name, ref, identifiers, limit, breadth, depth, reasons)
        return (yield from search.plan())

    suggestions, asuggestions = verb(_suggestions), averb(_suggestions)

    def _list(
        self,
        resource: Resource,
        direction: Direction,
        kinds: Iterable[Kind],
        using: str | None,
    ) -> ResourceList[Any]:
        whose = Neighbours(registry.ref(resource), direction)
        reader = PageReader(get_backend(using), self.name, whose, identifiers_of(kinds))
        return ResourceList(reader)

    def _common(
        self,
        resource: Resource,
        direction: Direction,
        other: Resource,
        other_direction: Direction,
        kinds: Iterable[Kind],
        using: str | None,
    ) -> ResourceList[Any]:
        first = Neighbours(registry.ref(resource), direction)
        second = Neighbours(registry.ref(other), other_direction)
        identifiers = identifiers_of(kinds)
        return ResourceList(
            CommonReader(
                get_backend(using), self.name, first, identifiers, second=second
            )
        )
