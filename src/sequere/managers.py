"""Querysets that filter, annotate and sort rows by the edges of the graph."""

from __future__ import annotations

from itertools import islice
from typing import Any, Self, TypeVar

from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    Manager,
    Model,
    Q,
    QuerySet,
    Value,
)

from sequere.backends.base import BaseBackend
from sequere.backends.graph import Graph
from sequere.databases import home_of, routed
from sequere.declaration import UNTIL, Declaration, find
from sequere.exceptions import NotSupported
from sequere.handler import get_backend
from sequere.registration import Registration, Resource, registry
from sequere.relations import BLOCK, FOLLOW, MUTE, Relation
from sequere.relations.listing import Exclude, filters_of
from sequere.states import FLAGS
from sequere.times import now
from sequere.types import REQUESTED, Direction, Neighbours, Ref
from sequere.viewers import Viewer, viewer_ref

M = TypeVar("M", bound=Model, covariant=True)

#: The maximal number of ids in a query, where a queryset cannot join the edges.
MAX_IDS = 10_000


class FollowQuerySet(QuerySet[M]):
    """A queryset of a registered model that can filter and annotate rows by follows.

    Each method adds to the same query, and can be combined with all other queryset
    methods. Raises NotRegistered if the model is not registered, the registry's errors
    for a value that is not a resource, UnknownBackend, and NotSupported if the key of
    the model is neither an integer, a UUID nor text.

    Where the edges are not in the queryset's database, followed_by() and followers_of()
    read ids at once, when they are called, and raise NotSupported for more than 10,000
    ids; all other methods raise NotSupported. Call .using(database) first; a later call
    is ignored. A replica that a router chooses counts as its primary.
    """

    def followed_by(
        self,
        source: Resource,
        *,
        relation: Relation = FOLLOW,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> Self:
        """Return the rows that `source` follows, without the resources of the lists in
        `exclude`, such as get_muted(viewer). The query reads the edges of `source`, and
        each row by its key.
        """
        return self._among(source, "followings", relation, exclude, using)

    def followers_of(
        self,
        target: Resource,
        *,
        relation: Relation = FOLLOW,
        exclude: Exclude = (),
        using: str | None = None,
    ) -> Self:
        """Return the rows that follow `target`. See followed_by()."""
        return self._among(target, "followers", relation, exclude, using)

    def with_follow_state(
        self,
        viewer: Viewer,
        *,
        relation: Relation = FOLLOW,
        using: str | None = None,
    ) -> Self:
        """Annotate is_followed, follows_viewer, is_friend, is_requested,
        requests_viewer, is_blocked and is_muted, as `viewer` sees them.

        All annotations are False if `viewer` is None or an anonymous visitor. The query
        makes up to nine look-ups in an index for each row, and the cost does not depend
        on the number of followers. To filter a large table, use followed_by(), which
        reads few rows of it, and not is_followed=True.
        """
        graph = self._graph(
            relation,
            using,
            "with_follow_state",
            "followings_among() and followers_among()",
        )
        ref = viewer_ref(viewer)
        if ref is None:
            no = Value(False, output_field=BooleanField())
            return self.annotate(**dict.fromkeys(FLAGS, no))
        followed = graph.contains(ref, "followings")
        follows = graph.contains(ref, "followers")
        return self.annotate(
            is_followed=followed,
            follows_viewer=follows,
            is_friend=both(followed, follows),
            is_requested=graph.contains(ref, "followings", state=REQUESTED),
            requests_viewer=graph.contains(ref, "followers", state=REQUESTED),
            is_blocked=self._contains(BLOCK, using, ref),
            is_muted=self._contains(MUTE, using, ref),
        )

    def with_followers_count(
        self, *, relation: Relation = FOLLOW, using: str | None = None
    ) -> Self:
        """Annotate the exact followers_count. One look-up in an index for each row."""
        graph = self._graph(
            relation, using, "with_followers_count", "get_followers_counts()"
        )
        return self.annotate(followers_count=graph.count("followers"))

    def order_by_followers(
        self, *, relation: Relation = FOLLOW, using: str | None = None
    ) -> Self:
        """Sort by the number of followers, highest first, and then by key.

        The query looks up the count of every row before it sorts: filter first. With
        with_followers_count(), order_by("-followers_count", "pk") gives the same order,
        and looks up each count only once.
        """
        graph = self._graph(
            relation, using, "order_by_followers", "get_followers_counts()"
        )
        return self.order_by(graph.count("followers").desc(), "pk")

    def _among(
        self,
        resource: Resource,
        direction: Direction,
        relation: Relation,
        exclude: Exclude,
        using: str | None,
    ) -> Self:
        registration = registry.get_for_model(self.model)
        ref, backend = registry.ref(resource), get_backend(using)
        if graph := backend.graph(relation.name, registration, self._home):
            rows = self.filter(graph.among(ref, direction))
            if relation.expires:
                rows = rows.filter(self._contains(relation, using, ref, direction))
            for relation_of, whose in excluded(exclude):
                rows = rows.exclude(self._contains(relation_of, using, *whose))
            return rows
        keys = read_keys(relation, backend, registration, ref, direction, exclude)
        return self.filter(**{f"{registration.pk.attname}__in": keys})

    def _contains(
        self,
        relation: Declaration,
        using: str | None,
        ref: Ref,
        direction: Direction = "followings",
    ) -> Any:
        """Is each row in a list of `ref`, with an edge that has not ended?"""
        registration, backend = registry.get_for_model(self.model), get_backend(using)
        graph = backend.graph(relation.name, registration, self._home)
        assert graph is not None
        found = graph.contains(ref, direction)
        if not relation.expires:
            return found
        ends = backend.graph(f"{relation.name}{UNTIL}", registration, self._home)
        assert ends is not None
        return both(found, ~ends.contains(ref, direction, until=now()))

    def _graph(
        self, relation: Relation, using: str | None, method: str, instead: str
    ) -> Graph:
        registration = registry.get_for_model(self.model)
        backend = get_backend(using)
        if graph := backend.graph(relation.name, registration, self._home):
            return graph
        raise NotSupported(
            f"{method}(): {why_not(backend)} Call {instead} for the instances of a "
            "page."
        )

    @property
    def _home(self) -> str:
        """Return the alias of the database that has to hold the edges.

        A replica holds the same rows as its primary. The alias of a replica does not
        matter, because the routers may choose another replica for the query.
        """
        own: Any = self
        if own._db is None and routed("db_for_read", self.model, **own._hints):
            return home_of(self.model, **own._hints)
        return self.db


#: `objects = FollowManager()` gives a model these methods.
FollowManager = Manager.from_queryset(FollowQuerySet, "FollowManager")


def both(one: Any, other: Any) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(Q(one) & Q(other), BooleanField())


def excluded(exclude: Exclude) -> list[tuple[Declaration, Neighbours]]:
    """Return the relation and the resource of each list."""
    return [(find(each.relation), each.whose) for each in filters_of(exclude)]


def read_keys(
    relation: Relation,
    backend: BaseBackend,
    registration: Registration,
    ref: Ref,
    direction: Direction,
    exclude: Exclude,
) -> list[Any]:
    """Return the keys of the rows that are followers or followings of `ref`.

    Raise NotSupported for more than MAX_IDS keys. One read for each 500 keys.
    """
    listing = relation.sources if direction == "followers" else relation.targets
    others = listing(ref, registration.identifier, exclude=exclude, using=backend.alias)
    keys = list(islice(others.ids(), MAX_IDS + 1))
    if len(keys) <= MAX_IDS:
        return keys
    raise NotSupported(
        f"{ref} has more than {MAX_IDS:,} {direction} of {registration}, which are too "
        f"many for a filter by ids: {why_not(backend)} Use "
        f"get_{direction}(..., {registration.model.__name__}).page()."
    )


def why_not(backend: BaseBackend) -> str:
    """Return the reason why querysets cannot join the edges of `backend`."""
    name = f"backend {backend.alias!r}, {type(backend).__name__},"
    if backend.supports_querysets:
        return (
            f"{name} has its edges in another database than this queryset. (If that "
            "database is a replica, set its TEST['MIRROR'] in DATABASES.)"
        )
    return f"{name} cannot join its edges to a table (supports_querysets is False)."
