from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from sequere.types import Direction


class ModelBase:
    """What a project may say about a registered model. Subclass it to say it."""

    #: Stored with every edge: to change it later, see `sequere_rename_identifier`.
    #: The default is the model's name in lower case.
    identifier: str | None = None

    #: Which instances approve their followers: the name of a boolean field, or a method
    #: `approval(self, instance)` that returns a bool. A follow of such an instance is a
    #: request, until it is accepted. None: no instance does.
    approval: str | Callable[[Any], bool] | None = None

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def get_identifier(self) -> str:
        return self.identifier or self.model.__name__.lower()

    def get_queryset(self) -> QuerySet[Any]:
        """Where the instances in lists come from; what it hides, lists leave out.

        Visitors cannot follow it either, but can unfollow it. To hide many, see
        archive(): a page reads only so far over what is hidden.
        """
        return self.model._default_manager.all()

    def visible_to(self, queryset: QuerySet[Any], viewer: Any) -> QuerySet[Any]:
        """The instances of `queryset` that `viewer` may know of: filter it.

        `viewer` is None for an anonymous visitor. Endpoints, REST, tags and suggestions
        ask it, as do known followers, and lists with .visible_to(viewer). All other
        code sees every instance. Counts are of all edges.
        """
        return queryset

    # What follows is asked by the endpoints and by the tags, and never by the verbs.

    def can_follow(self, viewer: Any, target: Any) -> bool:
        """May `viewer` follow `target`, which is of this model?

        Not asked before an unfollow. This hook alone decides, also about a viewer
        that get_queryset() hides. Raise PermissionDenied to say why not.
        """
        return True

    def can_list(self, viewer: Any, resource: Any, direction: Direction) -> bool:
        """May `viewer` see, and count, the followers or followings of `resource`, which
        is of this model? `viewer` is None for an anonymous visitor.

        Friends need both directions. This closes one list and does not keep a follow
        secret, because each follow is also in a list of its other end: visible_to()
        does.
        """
        return True

    def throttle(self, request: Any, target: Any) -> float | None:
        """How many seconds the visitor has to wait before following `target`, which is
        of this model. None, 0 and negative numbers mean that there is no wait.

        It is called once before each follow. An answer that is no number, or is NaN,
        refuses the follow for a minute and is logged as an error.
        """
        return None

    def get_label(self, instance: Any) -> str:
        """How an instance is called, in JSON and on buttons."""
        return str(instance)

    def get_url(self, instance: Any) -> str | None:
        """Where an instance is shown: its get_absolute_url(), if it has one."""
        find = getattr(instance, "get_absolute_url", None)
        return find() if callable(find) else None
