from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from sequere.types import Direction


class ModelBase:
    """The options of a registered model. Subclass it to change them."""

    #: The identifier is stored with every edge: to change it later, use
    #: `sequere_rename_identifier`. The default is the model's name in lower case.
    identifier: str | None = None

    #: Which instances approve their followers: the name of a boolean field, or a method
    #: `approval(self, instance)` that returns a bool. A follow of such an instance is a
    #: request until the instance accepts it. None means that no instance approves.
    approval: str | Callable[[Any], bool] | None = None

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def get_identifier(self) -> str:
        return self.identifier or self.model.__name__.lower()

    def get_queryset(self) -> QuerySet[Any]:
        """Return the queryset from which lists read instances. Lists omit all other
        instances.

        Visitors cannot follow a hidden instance either, but they can unfollow it. Use
        archive() to hide many instances, because a page reads past a limited number of
        hidden instances only.
        """
        return self.model._default_manager.all()

    def visible_to(self, queryset: QuerySet[Any], viewer: Any) -> QuerySet[Any]:
        """Return the instances of `queryset` that `viewer` may know of.

        `viewer` is None for an anonymous visitor. Endpoints, REST, tags, suggestions,
        known followers, and lists with .visible_to(viewer) call this hook. All other
        code sees every instance. Counts include all edges.
        """
        return queryset

    # The endpoints and the tags call the hooks below. The verbs never do.

    def can_follow(self, viewer: Any, target: Any) -> bool:
        """May `viewer` follow `target`, which is of this model?

        The hook is not called before an unfollow. This hook alone decides, also about a
        viewer that get_queryset() hides. Raise PermissionDenied to give a reason.
        """
        return True

    def can_list(self, viewer: Any, resource: Any, direction: Direction) -> bool:
        """May `viewer` see, and count, the followers or followings of `resource`, which
        is of this model? `viewer` is None for an anonymous visitor.

        Friends need both directions. The hook closes one list and does not keep a
        follow secret, because each follow is also in a list of its other end:
        visible_to() does.
        """
        return True

    def throttle(self, request: Any, target: Any) -> float | None:
        """Return how many seconds the visitor has to wait before following `target`,
        which is of this model. None, 0 and negative numbers mean that there is no wait.

        The hook is called once before each follow. If the return value is not a number,
        or is NaN, the follow is refused for a minute, and an error is logged.
        """
        return None

    def get_label(self, instance: Any) -> str:
        """Return the name of an instance, for JSON and buttons."""
        return str(instance)

    def get_url(self, instance: Any) -> str | None:
        """Return the URL of an instance: its get_absolute_url(), or None without this
        method.
        """
        find = getattr(instance, "get_absolute_url", None)
        return find() if callable(find) else None
