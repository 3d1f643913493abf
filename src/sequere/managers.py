"""The graph inside Django's querysets."""

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
from sequere.exceptions import NotSupported
from sequere.handler import get_backend
from sequere.registration import Registration, Resource, registry
from sequere.relations import FOLLOW, Relation
from sequere.states import Viewer, viewer_ref
from sequere.types import Direction, Ref

M = TypeVar("M", bound=Model, covariant=True)

#: How many ids a queryset takes along, where it cannot join the edges.
MAX_IDS = 10_000


class FollowQuerySet(QuerySet[M]):
    """Rows of a registered model, by who follows whom.

    All of it stays in the one query, and goes with whatever else a queryset does.
    Raises NotRegistered if the model is not registered, the registry's errors for what
    is no resource, UnknownBackend, and NotSupported if the key of the model is neither
    an integer, a UUID nor text.

    Where the edges are not in the queryset's database, followed_by() and followers_of()
    read ids at once, when they are called, and raise NotSupported for more than 10,000;
    all other methods raise NotSupported. Call .using(database) first; a later call is
    ignored. A replica that a router chooses counts as its primary.
    """

    def followed_by(
        self,
        source: Resource,
        *,
        relation: Relation = FOLLOW,
        using: str | None = None,
    ) -> Self:
        """Rows that `source` follows. Reads that list, and each row by its key."""
        return self._among(source, "followings", relation, using)

    def followers_of(
        self,
        target: Resource,
        *,
        relation: Relation = FOLLOW,
        using: str | None = None,
    ) -> Self:
        """Rows that follow `target`. Reads that list, and each row by its key."""
        return self._among(target, "followers", relation, using)

    def with_follow_state(
        self,
        viewer: Viewer,
        *,
        relation: Relation = FOLLOW,
        using: str | None = None,
    ) -> Self:
        """Annotate is_followed, follows_viewer and is_friend, as `viewer` sees them.

        All are False for None, and for who is not logged in. Up to four look-ups in an
        index for each row, however many follow the viewer. To filter a large table, use
        followed_by(), which reads few rows of it, and not is_followed=True.
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
            return self.annotate(is_followed=no, follows_viewer=no, is_friend=no)
        followed = graph.contains(ref, "followings")
        follows = graph.contains(ref, "followers")
        friend = ExpressionWrapper(Q(followed) & Q(follows), BooleanField())
        return self.annotate(
            is_followed=followed, follows_viewer=follows, is_friend=friend
        )

    def with_followers_count(
        self, *, relation: Relation = FOLLOW, using: str | None = None
    ) -> Self:
        """Annotate followers_count: exact. One look-up in an index for each row."""
        graph = self._graph(
            relation, using, "with_followers_count", "get_followers_counts()"
        )
        return self.annotate(followers_count=graph.count("followers"))

    def order_by_followers(
        self, *, relation: Relation = FOLLOW, using: str | None = None
    ) -> Self:
        """The most followed first; of those with as many, the smallest key.

        Looks up the count of every row before it sorts: filter first. With the counts,
        order_by("-followers_count", "pk") does the same, and looks up each only once.
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
        using: str | None,
    ) -> Self:
        registration = registry.get_for_model(self.model)
        ref, backend = registry.ref(resource), get_backend(using)
        if graph := backend.graph(relation.name, registration, self._home):
            return self.filter(graph.among(ref, direction))
        keys = read_keys(relation, backend, registration, ref, direction)
        return self.filter(**{f"{registration.pk.attname}__in": keys})

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
        """The alias of the database that has to hold the edges.

        A replica holds what its primary holds. Its own alias says nothing: the routers
        may choose another replica for the query.
        """
        own: Any = self
        if own._db is None and routed("db_for_read", self.model, **own._hints):
            return home_of(self.model, **own._hints)
        return self.db


#: `objects = FollowManager()` gives a model these methods.
FollowManager = Manager.from_queryset(FollowQuerySet, "FollowManager")


def read_keys(
    relation: Relation,
    backend: BaseBackend,
    registration: Registration,
    ref: Ref,
    direction: Direction,
) -> list[Any]:
    """The keys of the rows that are followers or followings of `ref`.

    Raise NotSupported if there are more than MAX_IDS. One read for each 500.
    """
    listing = relation.sources if direction == "followers" else relation.targets
    others = listing(ref, registration.identifier, using=backend.alias)
    keys = list(islice(others.ids(), MAX_IDS + 1))
    if len(keys) <= MAX_IDS:
        return keys
    raise NotSupported(
        f"{ref} has more than {MAX_IDS:,} {direction} of {registration}, which are too "
        f"many for a filter by ids: {why_not(backend)} Use "
        f"get_{direction}(..., {registration.model.__name__}).page()."
    )


def why_not(backend: BaseBackend) -> str:
    """Why there is no graph."""
    name = f"backend {backend.alias!r}, {type(backend).__name__},"
    if backend.supports_querysets:
        return (
            f"{name} has its edges in another database than this queryset. (If that "
            "database is a replica, set its TEST['MIRROR'] in DATABASES.)"
        )
    return f"{name} cannot join its edges to a table (supports_querysets is False)."
