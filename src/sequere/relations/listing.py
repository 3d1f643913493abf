"""The verbs that return lists and suggestions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

from sequere.declaration import Declaration
from sequere.handler import get_backend
from sequere.lists.filters import AtLevel, Current, Excluding, Filter
from sequere.lists.readers import CommonReader, Kind, PageReader, identifiers_of
from sequere.lists.resources import M, ResourceList
from sequere.lists.suggestions import Search, Suggestion
from sequere.plans import Plan
from sequere.registration import Resource, registry
from sequere.types import ACTIVE, REQUESTED, Direction, Neighbours
from sequere.validation import clean_level
from sequere.verbs import averb, verb
from sequere.viewers import audience_of

#: Lists whose resources are omitted from another list.
Exclude: TypeAlias = ResourceList[Any] | Iterable[ResourceList[Any]]


class Listing(Declaration):
    def sources(
        self,
        target: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        level: int | None = None,
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the sources of `target`, newest first. `kinds` limit the list to models
        or identifiers, and `level` to edges of one level. The list is lazy: see
        ResourceList for the cost.

        Resources in a list of `exclude`, such as get_blocked(viewer), are omitted. Each
        of these lists, and the level, costs one more query for a page, and len() then
        reads the edges one by one.
        """
        return self._list(target, "followers", kinds, using, exclude, level=level)

    def targets(
        self,
        source: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        level: int | None = None,
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the targets of `source`. See sources()."""
        return self._list(source, "followings", kinds, using, exclude, level=level)

    def requests(
        self,
        target: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the sources with an open request to `target`. See sources()."""
        return self._list(target, "followers", kinds, using, exclude, state=REQUESTED)

    def requested(
        self,
        source: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the targets to which `source` has an open request. See sources()."""
        return self._list(source, "followings", kinds, using, exclude, state=REQUESTED)

    def mutual(
        self,
        resource: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the targets of `resource` that are also its sources, with the times of
        the edges from `resource`.

        See sources(). A page, or len(), costs two queries, and at most a few reads of
        the shorter of both lists.
        """
        return self._common(
            Neighbours(registry.ref(resource), "followings"),
            Neighbours(registry.ref(resource), "followers"),
            kinds,
            using,
            exclude,
        )

    def common_targets(
        self,
        resource: Resource,
        other: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the targets of `resource` that are also targets of `other`, with the
        times of the edges from `resource`. See mutual() for the cost.
        """
        return self._common(
            Neighbours(registry.ref(resource), "followings"),
            Neighbours(registry.ref(other), "followings"),
            kinds,
            using,
            exclude,
        )

    def common_sources(
        self,
        resource: Resource,
        other: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the sources of `resource` that are also sources of `other`, with the
        times of the edges to `resource`. See mutual() for the cost.
        """
        return self._common(
            Neighbours(registry.ref(resource), "followers"),
            Neighbours(registry.ref(other), "followers"),
            kinds,
            using,
            exclude,
        )

    def known_sources(
        self,
        viewer: Resource,
        target: Resource,
        *kinds: type[M] | str,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> ResourceList[tuple[M, datetime]]:
        """List the targets of `viewer` that are sources of `target`, with the times of
        the edges from `viewer`: "followed by X, Y and 3 others that you follow".
        Resources that `viewer` may not know of are omitted: see ModelBase.visible_to().
        See mutual() for the cost.
        """
        found = self._common(
            Neighbours(registry.ref(viewer), "followings"),
            Neighbours(registry.ref(target), "followers"),
            kinds,
            using,
            exclude,
        )
        return found.visible_to(viewer)

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
        """Suggest targets of the targets of `viewer` that are not targets of `viewer`,
        and neither requested nor archived. Muted resources, and resources with a block
        in either direction, are omitted. The suggestions that the most targets of
        `viewer` lead to come first. Each suggestion names up to `reasons` of these
        targets.

        The search covers the `depth` newest targets of each of the `breadth` newest
        targets of `viewer`, so that the cost has a bound. Four queries, and one for
        each type of instance. Raise ValueError for a number below 1, or `reasons` below
        0.
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
        audience = audience_of(viewer)
        search = Search(
            self.name, ref, audience, identifiers, limit, breadth, depth, reasons
        )
        return (yield from search.plan())

    suggestions, asuggestions = verb(_suggestions), averb(_suggestions)

    def _list(
        self,
        resource: Resource,
        direction: Direction,
        kinds: Iterable[Kind],
        using: str | None,
        exclude: Exclude,
        *,
        state: int = ACTIVE,
        level: int | None = None,
    ) -> ResourceList[Any]:
        whose = Neighbours(registry.ref(resource), direction)
        filters: list[Filter] = [*filters_of(exclude)]
        if self.expires:
            filters.insert(0, Current(whose))
        if level is not None:
            filters.append(AtLevel(clean_level(level)))
        identifiers = identifiers_of(kinds)
        reader = PageReader(
            get_backend(using),
            self.name,
            whose,
            identifiers,
            state=state,
            filters=tuple(filters),
        )
        return ResourceList(reader)

    def _common(
        self,
        first: Neighbours,
        second: Neighbours,
        kinds: Iterable[Kind],
        using: str | None,
        exclude: Exclude,
    ) -> ResourceList[Any]:
        filters: list[Filter] = [*filters_of(exclude)]
        if self.expires:
            filters += [Current(first), Current(second)]
        reader = CommonReader(
            get_backend(using),
            self.name,
            first,
            identifiers_of(kinds),
            filters=tuple(filters),
            second=second,
        )
        return ResourceList(reader)


def filters_of(exclude: Exclude) -> list[Excluding]:
    lists = [exclude] if isinstance(exclude, ResourceList) else exclude
    return [each.as_filter() for each in lists]
